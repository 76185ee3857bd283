import { assert } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { fields, hq } from "../../../support/hq.ts"
import { anotherProcess, suite } from "../../../support/storages.ts"

suite("a claim of an agent that holds steps already", (test) => {
  test(
    "is told that it waits for itself if it holds all that is in the way, whatever others do elsewhere",
    Effect.gen(function* () {
      yield* hq.create("p", { 1: [], 2: [1], 3: [] })
      yield* hq.take("mine", { step_num: 1 })
      yield* hq.take("other", { step_num: 3 })
      const claim = fields(yield* hq.answer({ project: "p", agent_id: "mine" }))
      assert.strictEqual(claim.reason, "held_by_you")
      assert.notProperty(claim, "retry_after_seconds")
      assert.deepNestedInclude(claim, { "holding[0].step_id": 1, "holding[0].attempt": 1 })
      assert.strictEqual((yield* hq.answer({ project: "p", agent_id: "other" })).reason, "all_blocked")
    })
  )

  test(
    "waits for others as long as one of them is in the way",
    Effect.gen(function* () {
      yield* hq.create("p", { 1: [], 2: [1], 3: [], 4: [3] })
      yield* hq.take("mine", { step_num: 1 })
      yield* hq.take("other", { step_num: 3 })
      const claim = yield* hq.answer({ project: "p", agent_id: "mine" })
      assert.strictEqual(claim.reason, "all_blocked")
      assert.lengthOf(claim.holding ?? [], 1)
    })
  )

  test(
    "does not count what another live session holds under its name",
    Effect.gen(function* () {
      yield* hq.create("p", { 1: [], 2: [1] })
      yield* hq.take("a")
      const claim = yield* Effect.provide(hq.answer({ project: "p", agent_id: "a" }), yield* anotherProcess)
      assert.strictEqual(claim.reason, "all_blocked")
      assert.notProperty(claim, "holding")
    })
  )
})
