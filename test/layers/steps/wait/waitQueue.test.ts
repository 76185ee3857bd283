import { assert } from "@effect/vitest"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import { hq } from "../../../support/hq.ts"
import { rows } from "../../../support/rows.ts"
import { anotherProcess, at, suite } from "../../../support/storages.ts"
import { blocked, complete, isWaiting, pass, passUntilDone, queued, stepOf, waiting } from "../../../support/waiting.ts"

/** Stands in line since long ago, and does nothing. @param expires in seconds after noon */
const dead = (project = "p", scopes: ReadonlyArray<string> | null = null, expires = 900) =>
  rows("INSERT INTO $claim_waiters (agent_id, project, scopes, since, expires_at) VALUES ('dead', ?, ?, ?, ?)", [
    project,
    scopes && JSON.stringify(scopes),
    at("0 minutes"),
    at(Duration.seconds(expires))
  ])

suite("the queue of calls that wait", (test) => {
  test(
    "those who came first are served first, whichever process they are of",
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
      yield* Effect.provide(complete, other)
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
    "one that has died delays others by no more than the grace, also those who come later",
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
    "a call that does not wait minds no line",
    Effect.gen(function* () {
      yield* hq.create("p", { 1: [] })
      yield* dead()
      assert.strictEqual((yield* hq.claim("a"))?.step_num, 1)
    })
  )

  test(
    "where there are steps enough nobody waits for the others",
    Effect.gen(function* () {
      yield* hq.create("p", { 1: [], 2: [] })
      yield* dead()
      const call = yield* Effect.fork(hq.answer({ project: "p", agent_id: "a", wait_seconds: 50 }))
      assert.strictEqual(yield* passUntilDone(call), 10)
    })
  )

  test(
    "only those who could take the same step are before others, and only until their time is over",
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
    "whoever waits for any project stands in the same line",
    Effect.gen(function* () {
      yield* blocked(1)
      const calls = [yield* waiting("a", { project: undefined }), yield* waiting("b")]
      yield* complete
      yield* pass("500 millis")
      assert.deepStrictEqual(yield* Effect.forEach(calls, isWaiting), [false, true])
    })
  )
})
