import { assert } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import { fields, hq } from "../../../support/hq.ts"
import { suite } from "../../../support/storages.ts"
import { blocked, complete, isWaiting, pass, passUntilDone, queued, stepOf, waiting } from "../../../support/waiting.ts"

suite("a claim that waits for what is not stored yet", (test) => {
  test(
    "a plan that is not stored yet is waited for, first come, first served",
    Effect.gen(function* () {
      const calls = [
        yield* waiting("a", { project: undefined }),
        yield* waiting("b", { project: undefined, scopes: ["api"] })
      ]
      yield* pass("5 seconds", "100 millis")
      assert.deepStrictEqual(yield* queued, ["a", "b"])
      yield* hq.create("p", { 1: [], 2: [] })
      for (const [at, call] of calls.entries()) {
        assert.isAtMost(yield* passUntilDone(call), 300)
        assert.strictEqual(yield* stepOf(call), at + 1)
      }
      assert.deepStrictEqual(yield* queued, [])
    })
  )

  test(
    "a scope that no step has is waited for 10 seconds at most, because it may be mistyped",
    Effect.gen(function* () {
      yield* blocked(1)
      const call = yield* waiting("a", { scopes: ["ip"] })
      const short = yield* waiting("b", { scopes: ["ip"], wait_seconds: 2 })
      assert.deepStrictEqual(yield* queued, ["a", "b"])
      yield* pass("2 seconds", "100 millis")
      assert.isFalse(yield* isWaiting(short))
      yield* pass("7 seconds", "100 millis")
      assert.isTrue(yield* isWaiting(call))
      yield* pass("1 second", "100 millis")
      const answer = { step: null, reason: "no_such_scope", unknown_scopes: ["ip"], scopes: ["api"] }
      assert.deepInclude(fields(yield* Fiber.join(call)), answer)
      assert.deepStrictEqual(yield* queued, [])
    })
  )

  test(
    "a scope that an edit adds in that time is worth the wait",
    Effect.gen(function* () {
      yield* blocked(1)
      const call = yield* waiting("a", { scopes: ["ui"] })
      yield* pass("5 seconds", "100 millis")
      yield* hq.updatePlan({ project: "p", operations: [{ op: "add", step_num: 9, branch: "b9", scope: "ui" }] })
      assert.isAtMost(yield* passUntilDone(call), 300)
      assert.strictEqual(yield* stepOf(call), 9)
    })
  )

  test(
    "the end of the other scopes' steps ends a wait that also asks for an unknown scope",
    Effect.gen(function* () {
      yield* blocked(0)
      const call = yield* waiting("a", { scopes: ["api", "ui"] })
      yield* pass("15 seconds", "100 millis")
      assert.isTrue(yield* isWaiting(call))
      yield* complete
      assert.isAtMost(yield* passUntilDone(call), 300)
      assert.deepInclude(fields(yield* Fiber.join(call)), { reason: "no_such_scope", unknown_scopes: ["ui"] })
    })
  )
})
