import { assert } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { free, hq } from "../../../support/hq.ts"
import { writesNothing } from "../../../support/rows.ts"
import { suite } from "../../../support/storages.ts"

type Claim = Parameters<typeof hq.answer>[0]

suite("max_held", (test) => {
  const claim = (max_held: number, by = "a", more: Partial<Claim> = {}) =>
    hq.answer({ agent_id: by, max_held: max_held as Claim["max_held"] & {}, ...more })

  test(
    "refuses a claim beyond that many live ones of the agent, and names them",
    Effect.gen(function* () {
      yield* hq.create("p", { 1: [] })
      yield* hq.create("q", { 1: [], 2: [] })
      yield* hq.take("a")
      yield* hq.take("a", { project: "q" })
      const error = yield* claim(2).pipe(Effect.flip, writesNothing)
      assert.strictEqual(error._tag, "Conflict")
      assert.include(error.message, "holds 2 steps")
      assert.include(error.message, "step id 1 (step 1 of p), step id 2 (step 1 of q)")
      assert.isNotNull((yield* claim(3)).step)
      assert.isNull((yield* claim(1, "b")).step)
    })
  )

  test(
    "does not stand in the way of a repeated request",
    Effect.gen(function* () {
      yield* hq.create("p", { 1: [], 2: [] })
      const first = yield* claim(1, "a", { request_id: "r" })
      assert.deepStrictEqual(yield* claim(1, "a", { request_id: "r" }), first)
      const error = yield* Effect.flip(claim(2, "a", { request_id: "r" }))
      assert.include(error.message, "with other arguments")
    })
  )

  test(
    "names some of many",
    Effect.gen(function* () {
      yield* hq.create("p", free(30))
      for (let count = 0; count < 25; count++) yield* hq.take("a")
      const error = yield* Effect.flip(claim(25))
      assert.include(error.message, "step id 20 (step 20 of p), …")
      assert.notInclude(error.message, "step id 21")
    })
  )
})
