import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as TestClock from "effect/TestClock"
import * as Coordination from "../../../../src/layers/Coordination.ts"
import { fields, hq, refused } from "../../../support/hq.ts"
import { contents } from "../../../support/rows.ts"
import { anotherProcess, suite } from "../../../support/storages.ts"
import { tempDatabase } from "../../../support/temp.ts"

const once = { request_id: "r1" }

/** Ways in which the claim of step id 1 by agent "a" ends. */
const endings = {
  complete: Effect.zipRight(hq.start({ step_id: 1 }), hq.complete({ step_id: 1, commit_hash: "c" })),
  fail: hq.fail({ step_id: 1, reason: "r" }),
  release: hq.release({ step_id: 1 }),
  sweep: Effect.zipRight(TestClock.adjust("15 minutes"), hq.sweep),
  recover: hq.recover({ step_id: 1, force: true }),
  "recover and another claim of the same agent": Effect.zipRight(
    hq.recover({ step_id: 1, force: true }),
    hq.claim("a", { step_num: 1 })
  )
}

suite("a claim with a request_id", (test) => {
  test(
    "the same request gets the same claim and writes nothing; in another session once that one is gone",
    Effect.gen(function* () {
      yield* hq.create("p", { 1: [], 2: [] })
      const first = yield* hq.claim("a", once)
      assert.strictEqual(first?.step_num, 1)
      const before = yield* contents
      const other = yield* anotherProcess
      yield* TestClock.adjust("1 minute")
      assert.deepStrictEqual(yield* hq.claim("a", once), first)
      const refusal = yield* refused(Effect.provide(hq.claim("a", once), other))
      assert.include(refusal.message, 'held by agent "a" in attempt 1 through another live session')
      assert.deepStrictEqual(yield* contents, before)
      yield* TestClock.adjust("90 seconds")
      assert.deepStrictEqual(yield* Effect.provide(hq.claim("a", once), other), first)
      // That process now knows the holder as if it had claimed the step itself.
      assert.strictEqual((yield* Effect.provide(hq.start({ step_id: 1 }), other)).status, "in_progress")
    })
  )

  test(
    "the same request gets its step as it stands now",
    Effect.gen(function* () {
      yield* hq.create("p", { 1: [] })
      yield* hq.claim("a", once)
      yield* hq.start({ step_id: 1, worktree: "/w" })
      assert.deepInclude(fields(yield* hq.claim("a", once)), { status: "in_progress", worktree: "/w", attempt: 1 })
    })
  )

  test(
    "request ids are each agent's own",
    Effect.gen(function* () {
      yield* hq.create("p", { 1: [], 2: [] })
      const steps = [yield* hq.claim("a", once), yield* hq.claim("b", once)]
      assert.deepStrictEqual(
        steps.map((step) => step?.step_num),
        [1, 2]
      )
    })
  )

  test(
    "a request with other arguments is a Conflict, and changes nothing",
    Effect.gen(function* () {
      yield* hq.create("p", { 1: [], 2: [] })
      yield* hq.create("q", { 1: [] })
      yield* hq.claim("a", { ...once, step_num: 1 })
      const before = yield* contents
      for (const more of [
        {},
        { step_num: 2 },
        { step_id: 1 },
        { step_id: 1, step_num: 1 },
        { project: "q" },
        { scopes: ["api"] },
        { step_num: 1, max_held: 5 },
        { step_num: 1, allow_overlap: true }
      ]) {
        const error = yield* Effect.flip(hq.claim("a", { ...once, ...more }))
        assert.strictEqual(error._tag, "Conflict")
        assert.include(error.message, "Choose a new request_id")
      }
      assert.deepStrictEqual(yield* contents, before)
    })
  )

  test(
    "an answer without a step is not remembered, nor is an error",
    Effect.gen(function* () {
      yield* hq.create("p", { 1: [], 2: [1] })
      yield* hq.claim("b")
      assert.isNull(yield* hq.claim("a", once))
      assert.strictEqual((yield* Effect.flip(hq.claim("a", { ...once, step_num: 2 })))._tag, "DependencyUnmet")
      yield* hq.release({ step_id: 1, agent_id: "b" })
      assert.strictEqual((yield* hq.claim("a", once))?.step_num, 1)
    })
  )

  for (const [name, end] of Object.entries(endings)) {
    test(
      `a claim that has ended is not given again: ${name}`,
      Effect.gen(function* () {
        yield* hq.create("p", { 1: [], 2: [] })
        yield* hq.claim("a", once)
        yield* end
        const before = yield* contents
        const error = yield* refused(hq.claim("a", once))
        assert.strictEqual(error._tag, "Conflict")
        assert.include(error.message, "new request_id")
        assert.deepStrictEqual(yield* contents, before)
        assert.isNotNull(yield* hq.claim("a", { request_id: "r2" }))
      })
    )
  }
})

describe("after a restart", () => {
  it.effect("the same request gets the same claim", () =>
    Effect.gen(function* () {
      const run = Effect.provide(Coordination.layerSqlite({ filename: tempDatabase() }))
      yield* run(hq.create("p", { 1: [], 2: [] }))
      const first = yield* run(hq.claim("a", once))
      assert.strictEqual(first?.step_num, 1)
      assert.deepStrictEqual(yield* run(hq.claim("a", once)), first)
    })
  )
})
