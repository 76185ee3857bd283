import { assert } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as TestClock from "effect/TestClock"
import { hq } from "../support/hq.ts"
import { rows } from "../support/rows.ts"
import { anotherProcess, at, noon, suite, violations } from "../support/storages.ts"

const hour = 3_600_000

const signs = {
  start: hq.start({ step_id: 1 }),
  heartbeat: hq.heartbeat({ step_id: 1 }),
  touch: hq.touch({ agent_id: "a" }),
  renew: hq.renew
}

suite("a clock that is set", (test) => {
  const isWell = Effect.map(violations, (found) => assert.deepStrictEqual(found, []))

  for (const [name, off] of [
    ["back", -hour],
    ["forth", hour]
  ] as const) {
    for (const [sign, call] of Object.entries(signs)) {
      test(
        `a clock that was set an hour ${name} and is right again takes no step from an agent that is alive: ${sign}`,
        Effect.gen(function* () {
          yield* hq.create("p", { 1: [], 2: [1] })
          yield* hq.claim("a")
          yield* TestClock.setTime(noon + off)
          yield* call
          yield* hq.sweep
          yield* TestClock.setTime(Date.parse(at("1 minute")))
          yield* hq.sweep
          assert.strictEqual((yield* hq.get(1)).agent_id as string, "a")
          // Nor does an agent that is gone keep it for ever.
          yield* TestClock.setTime(Date.parse(at("76 minutes")))
          yield* hq.sweep
          assert.strictEqual((yield* hq.get(1)).status, "not_started")
          yield* isWell
        })
      )
    }

    test(
      `work goes on while the clock is an hour ${name}, and after it is right again`,
      Effect.gen(function* () {
        yield* hq.create("p", { 1: [], 2: [1], 3: [2] })
        const other = yield* anotherProcess
        yield* hq.claim("a")
        yield* hq.start({ step_id: 1 })
        yield* TestClock.setTime(noon + off)
        yield* Effect.provide(hq.sweep, other)
        // On time, or late where the sweep believed the clock.
        yield* hq.complete({ step_id: 1, commit_hash: "c1" })
        assert.strictEqual((yield* Effect.provide(hq.claim("b"), other))?.step_num, 2)
        yield* Effect.provide(hq.start({ step_id: 2 }), other)
        yield* TestClock.setTime(noon)
        yield* hq.sweep
        yield* Effect.provide(hq.complete({ step_id: 2, commit_hash: "c2" }), other)
        assert.strictEqual((yield* hq.claim("a"))?.step_num, 3)
        yield* hq.start({ step_id: 3 })
        yield* TestClock.setTime(noon - off)
        yield* hq.complete({ step_id: 3, commit_hash: "c3" })
        assert.deepStrictEqual(yield* rows("SELECT status, open_steps FROM $projects"), [
          { status: "completed", open_steps: 0 }
        ])
        yield* isWell
      })
    )
  }
})
