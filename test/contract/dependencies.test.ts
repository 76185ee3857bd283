import { assert } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { hq, pages } from "../support/hq.ts"
import { rows } from "../support/rows.ts"
import { suite } from "../support/storages.ts"

const numbersOf = (name: string) =>
  Effect.map(
    pages(2, (page) => hq.available({ project: name, ...page })),
    (found) => found.flatMap((page) => page.steps.map(({ step_num }) => step_num))
  )

suite("dependencies", (test) => {
  test(
    "free a step when the last of them is completed",
    Effect.gen(function* () {
      yield* hq.create("p", { 1: [], 2: [], 3: [1, 2], 4: [3] })
      assert.deepStrictEqual(yield* numbersOf("p"), [1, 2])
      yield* hq.finish("a")
      assert.deepStrictEqual(yield* numbersOf("p"), [2])
      yield* hq.finish("a")
      assert.deepStrictEqual(yield* numbersOf("p"), [3])
      yield* hq.finish("a")
      assert.deepStrictEqual(yield* numbersOf("p"), [4])
    })
  )

  test(
    "are met by a merged step as by a completed one",
    Effect.gen(function* () {
      yield* hq.create("p", { 1: [], 2: [1] })
      yield* hq.finish("a")
      yield* rows("UPDATE $steps SET status = 'merged' WHERE step_num = 1")
      assert.deepStrictEqual(yield* numbersOf("p"), [2])
    })
  )

  test(
    "are unmet again when one is reopened",
    Effect.gen(function* () {
      yield* hq.create("p", { 1: [], 2: [1] })
      yield* hq.finish("a")
      yield* rows("UPDATE $steps SET status = 'not_started' WHERE step_num = 1")
      assert.deepStrictEqual(yield* numbersOf("p"), [1])
      assert.strictEqual((yield* hq.take("a")).step_num, 1)
    })
  )

  test(
    "are not met by a failed step, until it is recovered and completed",
    Effect.gen(function* () {
      yield* hq.create("p", { 1: [], 2: [1] })
      const { id } = yield* hq.failNext("a")
      assert.deepStrictEqual(yield* numbersOf("p"), [])
      yield* hq.recoverFailed(id)
      yield* hq.finish("a")
      assert.deepStrictEqual(yield* numbersOf("p"), [2])
    })
  )
})
