import { assert } from "@effect/vitest"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import { hq } from "../../../support/hq.ts"
import { rows } from "../../../support/rows.ts"
import { anotherProcess, at, suite } from "../../../support/storages.ts"
import {
  blocked,
  complete,
  completeProven,
  isWaiting,
  pass,
  passUntilDone,
  queued,
  stepOf,
  waiting
} from "../../../support/waiting.ts"

/** A call that has been queued since noon, and does nothing. @param expires in seconds after noon */
const dead = (project = "p", scopes: ReadonlyArray<string> | null = null, expires = 900) =>
  rows("INSERT INTO $claim_waiters (agent_id, project, scopes, since, expires_at) VALUES ('dead', ?, ?, ?, ?)", [
    project,
    scopes && JSON.stringify(scopes),
    at("0 minutes"),
    at(Duration.seconds(expires))
  ])

suite("the queue of calls that wait", (test) => {
  test(
    "calls are served first come, first served, over all processes",
    Effect.gen(function* () {
      yield* blocked(3)
      const other = yield* anotherProcess
      const calls = [
        yield* waiting("a"),
        yield* Effect.provide(waiting("b"), other),
        yield* waiting("c"),
        yield* Effect.provide(waiting("d"), other),
        yield* waiting("e")
      ] as const
      assert.deepStrictEqual(yield* queued, ["a", "b", "c", "d", "e"])
      yield* Effect.provide(completeProven, other)
      yield* pass("500 millis")
      assert.deepStrictEqual(yield* Effect.forEach(calls, isWaiting), [false, false, false, true, true])
      assert.sameMembers(yield* Effect.forEach(calls.slice(0, 3), stepOf), [2, 3, 4])
      assert.deepStrictEqual(yield* queued, ["d", "e"])
      yield* hq.release({ step_id: 3, agent_id: (yield* hq.get(3)).agent_id as string })
      yield* pass("300 millis")
      assert.deepStrictEqual(yield* Effect.forEach(calls.slice(3), isWaiting), [false, true])
    })
  )

  test(
    "a dead call delays others by no more than the grace, later ones too",
    Effect.gen(function* () {
      yield* blocked(1)
      yield* dead()
      const call = yield* waiting("a")
      yield* complete
      const delay = yield* passUntilDone(call)
      assert.isAtLeast(delay, 150)
      assert.isAtMost(delay, 300)
      yield* hq.release({ step_id: 2, agent_id: "a" })
      const later = yield* Effect.fork(hq.answer({ project: "p", agent_id: "b", wait_seconds: 50 }))
      yield* pass("50 millis")
      assert.isTrue(yield* isWaiting(later))
      assert.isAtMost(yield* passUntilDone(later), 200)
      assert.strictEqual(yield* stepOf(later), 2)
    })
  )

  test(
    "a call that does not wait bypasses the queue",
    Effect.gen(function* () {
      yield* hq.create("p", { 1: [] })
      yield* dead()
      assert.strictEqual((yield* hq.claim("a"))?.step_num, 1)
    })
  )

  test(
    "nobody queues if there are steps for all",
    Effect.gen(function* () {
      yield* hq.create("p", { 1: [], 2: [] })
      yield* dead()
      const call = yield* Effect.fork(hq.answer({ project: "p", agent_id: "a", wait_seconds: 50 }))
      assert.strictEqual(yield* passUntilDone(call), 10)
    })
  )

  test(
    "only calls for the same steps come first, and only until they expire",
    Effect.gen(function* () {
      yield* blocked(1)
      yield* dead("q")
      yield* dead("p", ["ui", "db"])
      yield* dead("p", null, 0)
      const call = yield* waiting("a", { scopes: ["api", "ui"] })
      assert.deepStrictEqual(yield* queued, ["dead", "dead", "a"])
      yield* complete
      assert.isAtMost(yield* passUntilDone(call), 150)
      assert.strictEqual(yield* stepOf(call), 2)
    })
  )

  test(
    "calls for a scope in other case wait in the same queue",
    Effect.gen(function* () {
      yield* blocked(1)
      const calls = [yield* waiting("a", { scopes: ["API"] }), yield* waiting("b", { scopes: ["Api"] })]
      yield* complete
      yield* pass("100 millis")
      assert.deepStrictEqual(yield* Effect.forEach(calls, isWaiting), [false, true])
    })
  )

  test(
    "calls for any project wait in the same queue",
    Effect.gen(function* () {
      yield* blocked(1)
      const calls = [yield* waiting("a", { project: undefined }), yield* waiting("b")]
      yield* complete
      yield* pass("500 millis")
      assert.deepStrictEqual(yield* Effect.forEach(calls, isWaiting), [false, true])
    })
  )
})
