import * as NodeContext from "@effect/platform-node/NodeContext"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Schema from "effect/Schema"
import { watch } from "../../../src/cli/look/watch.ts"
import { run } from "../../../src/cli/run.ts"
import * as Coordination from "../../../src/layers/Coordination.ts"
import { cli, noSignals, openingOf } from "../../support/cli.ts"
import { free, hq } from "../../support/hq.ts"
import { emptyStore, stored } from "../../support/operations.ts"

/** Starts to watch. */
const watching = (filename: string, line: ReadonlyArray<string>, size?: { columns: number; rows: number }) =>
  Effect.gen(function* () {
    const written: Array<string> = []
    const console = {
      ...{
        environment: { NO_COLOR: "1" },
        isTerminal: size !== undefined,
        canAsk: false,
        columns: size?.columns,
        signals: noSignals,
        ask: () => Promise.resolve("")
      },
      ...(size === undefined ? {} : { size: () => size }),
      write: (text: string) => void written.push(text),
      writeError: () => {}
    }
    const fiber = yield* run(line, console, openingOf(filename)).pipe(Effect.provide(NodeContext.layer), Effect.fork)
    const until = (isThere: (all: string) => boolean) =>
      Effect.repeat(Effect.sleep("5 millis"), { until: () => isThere(written.join("")) }).pipe(
        Effect.timeout("10 seconds")
      )
    return { fiber, until, written }
  })

const act = <A, E>(filename: string, acts: Effect.Effect<A, E, Coordination.Coordination>) =>
  Effect.provide(acts, Coordination.layerSqlite({ filename }))

describe("hq watch", () => {
  it.live("writes one JSON object a line at each change, and ends when all is done", () =>
    Effect.gen(function* () {
      const db = yield* stored(hq.create("p", free(1)))
      const { fiber, until, written } = yield* watching(db, ["watch", "--json"])
      yield* until((all) => all.includes("\n"))
      yield* act(db, hq.take("ana"))
      yield* until((all) => all.includes('"ana"'))
      yield* act(
        db,
        Effect.flatMap(hq.start({ step_id: 1, agent_id: "ana", attempt: 1 }), ({ id }) =>
          hq.complete({ step_id: id, agent_id: "ana", attempt: 1, commit_hash: "c" })
        )
      )
      assert.strictEqual(yield* Effect.timeout(Fiber.join(fiber), "10 seconds"), 0)
      const lines = written.join("").trimEnd().split("\n")
      const reports = lines.map((line) => Schema.decodeUnknownSync(watch.answer)(JSON.parse(line)))
      assert.isAtLeast(reports.length, 3)
      assert.deepStrictEqual(reports[0].at_work, [])
      assert.strictEqual(reports.at(-1)?.projects[0].project.status, "completed")
    })
  )

  it.live("redraws in place on a terminal of its size, and leaves it as it was", () =>
    Effect.gen(function* () {
      const db = yield* stored(hq.create("p", free(30)))
      const { fiber, until, written } = yield* watching(db, ["watch", "p"], { columns: 70, rows: 9 })
      yield* until((all) => all.includes("Ready"))
      for (let agent = 0; agent < 9; agent++) yield* act(db, hq.take(`ana-${agent}`))
      yield* until((all) => all.includes("At work") && all.includes("…"))
      yield* Fiber.interrupt(fiber)
      const [enter, ...frames] = written
      const leave = frames.pop()
      assert.strictEqual(enter, "\u001b[?1049h\u001b[?25l")
      assert.strictEqual(leave, "\u001b[?25h\u001b[?1049l")
      for (const frame of frames) {
        assert.isTrue(frame.startsWith("\u001b[H") && frame.endsWith("\u001b[J"))
        const lines = frame.slice(3, -3).split("\r\n")
        assert.isAtMost(lines.length, 9)
        for (const line of lines) assert.isAtMost([...line.replace("\u001b[K", "")].length, 70)
      }
    })
  )

  it.live("writes plain text at each change into a pipe, and the end", () =>
    Effect.gen(function* () {
      const db = yield* stored(hq.create("p", free(1)))
      const { fiber, until, written } = yield* watching(db, ["watch"])
      yield* until((all) => all.includes("Ready"))
      yield* act(db, hq.updateProject({ name: "p", status: "aborted" }))
      assert.strictEqual(yield* Effect.timeout(Fiber.join(fiber), "10 seconds"), 0)
      const all = written.join("")
      assert.notInclude(all, "\u001b")
      assert.match(all, /p +aborted/)
      assert.isTrue(all.endsWith("All is done.\n"))
    })
  )

  it.effect("ends at once where nothing is open, and fails for a project that is not there", () =>
    Effect.gen(function* () {
      const db = yield* emptyStore
      assert.include((yield* cli(db, ["watch"])).out, "No project is active or paused.")
      assert.strictEqual((yield* cli(db, ["watch", "--json"])).code, 0)
      assert.strictEqual((yield* cli(db, ["watch", "none"])).code, 3)
    })
  )
})
