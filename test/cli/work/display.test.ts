import { assert, describe, it } from "@effect/vitest"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as TestClock from "effect/TestClock"
import { Output } from "../../../src/cli/base/Output.ts"
import { Signals } from "../../../src/cli/base/Signals.ts"
import { output } from "../../../src/cli/console.ts"
import { makeDisplay } from "../../../src/cli/work/display.ts"
import { AgentId, type StepId } from "../../../src/domain/Ids.ts"
import type { WorkEvent } from "../../../src/domain/Work.ts"
import type { Job } from "../../../src/services/Worker.ts"
import { noSignals } from "../../support/cli.ts"

const attempt = { slot: 1, agent_id: AgentId.make("claude-x-1"), step_id: 9 as StepId, step_num: 7, attempt: 1 }
const started: WorkEvent = { _tag: "Started", ...attempt, title: "Do it", branch: "b", worktree: "/w", log: "/l/7.log" }
const failed: WorkEvent = { _tag: "Failed", ...attempt, reason: "the program exited with 1\ntests are red" }
const completed: WorkEvent = { _tag: "Completed", ...attempt, commit: "0123456789abcdef", files: 1, millis: 1000 }

/** A display on a terminal of 80 columns and 24 rows, unless it is told otherwise. */
const shown = (more: {
  readonly line?: ReadonlyArray<string>
  readonly TERM?: string
  readonly isTerminal?: boolean
}) =>
  Effect.gen(function* () {
    const drawn: Array<{ readonly lines: ReadonlyArray<string>; readonly above: string }> = []
    let said = ""
    let size = { columns: 80, rows: 24 }
    let resized = yield* Deferred.make<void>()
    const { TERM = "xterm", isTerminal = true, line = [] } = more
    const console = {
      ...{ environment: { TERM, NO_COLOR: "1" }, isTerminal, canAsk: false, columns: 80, signals: noSignals },
      ...(isTerminal ? { draw: (lines: ReadonlyArray<string>, above = "") => void drawn.push({ lines, above }) } : {}),
      ask: () => Promise.resolve(""),
      size: () => size,
      write: () => {},
      writeError: (text: string) => {
        said += text
      }
    }
    const display = yield* makeDisplay("p", 2).pipe(
      Effect.provideService(Output, output(["work", "p", ...line], console)),
      Effect.provideService(Signals, {
        next: (...names) =>
          names.includes("SIGWINCH") ? Effect.as(Deferred.await(resized), "SIGWINCH" as const) : Effect.never
      })
    )
    const resize = (columns: number, rows: number) =>
      Effect.gen(function* () {
        size = { columns, rows }
        const before = resized
        resized = yield* Deferred.make<void>()
        yield* Deferred.succeed(before, undefined)
      })
    return { ...display, drawn, resize, said: () => said }
  })

describe("the display of hq work", () => {
  it.scoped("draws at most ten times a second, however much happens, and keeps every line", () =>
    Effect.gen(function* () {
      const { drawn, onEvent } = yield* shown({})
      for (let tenth = 0; tenth < 100; tenth++) {
        for (let at = 0; at < 10; at++) yield* onEvent(completed)
        yield* TestClock.adjust("100 millis")
      }
      yield* TestClock.adjust("1 second")
      assert.isAtMost(drawn.length, 100)
      assert.isAtLeast(drawn.length, 40)
      assert.lengthOf(
        drawn.flatMap(({ above }) => above.match(/p#7 completed in 1s: 0123456789, 1 file\n/g) ?? []),
        1000
      )
    })
  )

  it.scoped("draws once a second while only time passes, and soon after output and a new size of the terminal", () =>
    Effect.gen(function* () {
      const { drawn, follow, onEvent, resize } = yield* shown({})
      yield* onEvent(started)
      yield* TestClock.adjust("1 second")
      drawn.length = 0
      yield* TestClock.adjust("10 seconds")
      assert.strictEqual(drawn.length, 10)
      assert.deepStrictEqual(drawn.at(-1)?.lines, [
        "p  1 of 2 at work  0 steps completed  10s",
        "SLOT  STEP  FOR  TITLE  LAST LINE",
        "   1  #7    10s  Do it"
      ])
      const logged: Array<Uint8Array> = []
      const command = follow((job: Job) => job.log(new Uint8Array(3)))
      const job = {
        agent_id: attempt.agent_id,
        log: (output: Uint8Array) => Effect.sync(() => void logged.push(output)),
        lastLine: () => `${logged.length} lines`
      } as unknown as Job
      yield* command(job)
      yield* TestClock.adjust("200 millis")
      assert.match(drawn.at(-1)?.lines.at(-1) ?? "", /Do it +1 lines$/)
      yield* TestClock.adjust("1 second")
      yield* resize(40, 10)
      yield* TestClock.adjust("200 millis")
      assert.strictEqual(drawn.at(-1)?.lines[1], "SLOT  STEP  FOR  LAST LINE")
      assert.isBelow(drawn.length, 15)
    })
  )

  it.effect("takes the board away at the end, after the lines that are left, with the logs of what went wrong", () =>
    Effect.gen(function* () {
      const drawn = yield* Effect.scoped(
        Effect.gen(function* () {
          const { drawn, onEvent } = yield* shown({})
          for (const event of [started, failed, { _tag: "Waiting", reason: "no_steps" }, started, completed] as const) {
            yield* onEvent(event)
          }
          return drawn
        })
      )
      assert.deepStrictEqual(drawn, [
        {
          lines: [],
          above:
            "p#7 failed: the program exited with 1: tests are red (/l/7.log)\np#7 completed in 1s: 0123456789, 1 file\n"
        }
      ])
    })
  )

  it.scoped("writes a line an event with --json, on a dumb terminal, and where there is none", () =>
    Effect.gen(function* () {
      for (const how of [{ line: ["--json"] }, { TERM: "dumb" }, { isTerminal: false }]) {
        const { drawn, follow, onEvent, said } = yield* shown(how)
        const command = () => Effect.void
        assert.strictEqual(follow(command), command)
        yield* onEvent(started)
        yield* onEvent(failed)
        yield* TestClock.adjust("5 seconds")
        assert.deepStrictEqual(drawn, [])
        assert.strictEqual(
          said(),
          "p#7 started by claude-x-1: Do it (/l/7.log)\np#7 failed: the program exited with 1: tests are red\n"
        )
      }
    })
  )

  it.scoped("takes a terminal that does not tell its size for one of 80 columns and 24 rows", () =>
    Effect.gen(function* () {
      const { drawn, onEvent, resize } = yield* shown({})
      yield* resize(0, 0)
      for (let slot = 1; slot <= 50; slot++) {
        const agent_id = AgentId.make(`claude-x-${slot}`)
        yield* onEvent({ ...started, ...attempt, slot, agent_id, step_num: slot, title: "long ".repeat(40) })
      }
      yield* TestClock.adjust("1 second")
      const { lines } = drawn.at(-1) as (typeof drawn)[number]
      assert.lengthOf(lines, 20)
      assert.strictEqual(lines.at(-1), "and 33 more: hq agents")
      assert.strictEqual(Math.max(...lines.map((line) => line.length)), 79)
    })
  )
})
