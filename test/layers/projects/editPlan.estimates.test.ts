import { assert } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { hq } from "../../support/hq.ts"
import { add, defined, edit } from "../../support/planEdits.ts"
import { rows } from "../../support/rows.ts"
import { suite } from "../../support/storages.ts"

/** Steps 1 and 2 are estimated, 3 and 4 are not; 4 waits for 3, and 3 for 1. */
const create = hq.createProject({
  name: "p",
  base_commit: "abc123",
  steps: [
    defined(1, { estimate_minutes: 40 }),
    defined(2, { estimate_minutes: 20 }),
    defined(3, { depends_on: [1] }),
    defined(4, { depends_on: [3] })
  ]
})

const tails = Effect.map(rows<{ tail_minutes: number }>("SELECT tail_minutes FROM $steps ORDER BY step_num"), (all) =>
  all.map(({ tail_minutes }) => tail_minutes)
)
const estimates = Effect.map(
  rows<Record<string, number>>("SELECT estimated_steps, estimated_minutes, default_minutes FROM $projects"),
  ([row]) => Object.values(row ?? {})
)

suite("steps without an estimate", (test) => {
  test(
    "count as long as the mean of their project's estimates",
    Effect.gen(function* () {
      yield* create
      assert.deepStrictEqual(yield* estimates, [2, 60, 30])
      assert.deepStrictEqual(yield* tails, [100, 20, 60, 30])
      assert.strictEqual((yield* hq.explainProject("p")).critical_path.minutes, 100)
    })
  )

  test(
    "count otherwise in the whole plan once an edit moves the mean by more than a tenth",
    Effect.gen(function* () {
      yield* create
      yield* edit(add(5, { estimate_minutes: 36, depends_on: [4] }))
      assert.deepStrictEqual(yield* estimates, [3, 96, 30])
      assert.deepStrictEqual(yield* tails, [136, 20, 96, 66, 36])
      yield* edit({ op: "change", step_num: 2, estimate_minutes: 80 })
      assert.deepStrictEqual(yield* estimates, [3, 156, 52])
      assert.deepStrictEqual(yield* tails, [180, 80, 140, 88, 36])
      assert.strictEqual((yield* hq.explainProject("p")).critical_path.minutes, 180)
    })
  )

  test(
    "no longer count the estimates of steps that are cancelled or split",
    Effect.gen(function* () {
      yield* create
      yield* edit({ op: "cancel", step_num: 2 })
      assert.deepStrictEqual(yield* estimates, [1, 40, 40])
      yield* edit({ op: "split", step_num: 1, into: [defined(5, { estimate_minutes: 6 }), defined(6)] })
      assert.deepStrictEqual(yield* estimates, [1, 6, 6])
      assert.deepStrictEqual((yield* tails).slice(2), [12, 6, 18, 18])
    })
  )
})
