import * as NodeContext from "@effect/platform-node/NodeContext"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import { run } from "../../../src/cli/run.ts"
import * as Coordination from "../../../src/layers/Coordination.ts"
import { cli, noSignals, openingOf } from "../../support/cli.ts"
import { free, hq } from "../../support/hq.ts"
import { stored } from "../../support/operations.ts"

const two = stored(
  Effect.gen(function* () {
    yield* hq.create("p", free(3))
    yield* hq.create("q", free(1))
    yield* hq.take("a")
    yield* hq.take("b", { project: "q" })
  })
)

describe("hq events", () => {
  it.effect("shows the latest last, of a project or of an agent", () =>
    Effect.gen(function* () {
      const db = yield* two
      const of = (...more: ReadonlyArray<string>) =>
        Effect.map(cli(db, ["events", ...more]), ({ out }) => out.match(/[pq]#\d/g) ?? [])
      assert.deepStrictEqual(yield* of(), ["p#1", "q#1"])
      assert.deepStrictEqual(yield* of("--limit", "1"), ["q#1"])
      assert.deepStrictEqual(yield* of("p"), ["p#1"])
      assert.deepStrictEqual(yield* of("--agent", "b"), ["q#1"])
      assert.strictEqual((yield* cli(db, ["events", "x"])).code, 3)
      assert.strictEqual((yield* cli(db, ["events", "--limit", "0"])).code, 2)
    })
  )

  it.live("follows what other processes do, one JSON object a line", () =>
    Effect.gen(function* () {
      const db = yield* two
      const lines: Array<string> = []
      const console = {
        ...{
          environment: {},
          isTerminal: false,
          canAsk: false,
          columns: undefined,
          signals: noSignals,
          ask: () => Promise.resolve("")
        },
        write: (text: string) => void lines.push(...text.trimEnd().split("\n")),
        writeError: () => {}
      }
      const following = yield* run(["events", "-f", "--json"], console, openingOf(db)).pipe(
        Effect.provide(NodeContext.layer),
        Effect.fork
      )
      const until = (count: number) =>
        Effect.repeat(Effect.sleep("10 millis"), { until: () => lines.length >= count }).pipe(
          Effect.timeout("5 seconds")
        )
      yield* until(1)
      yield* Effect.provide(Effect.zipRight(hq.take("c"), hq.take("d")), Coordination.layerSqlite({ filename: db }))
      yield* Effect.repeat(Effect.sleep("10 millis"), { until: () => lines.join().includes('"d"') }).pipe(
        Effect.timeout("5 seconds")
      )
      yield* Fiber.interrupt(following)
      const agents = lines.flatMap((line) =>
        JSON.parse(line).events.map((event: { agent_id: string }) => event.agent_id)
      )
      assert.deepStrictEqual(agents, ["a", "b", "c", "d"])
    })
  )
})
