import * as SqlClient from "@effect/sql/SqlClient"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import { fields, hq, refused } from "../../../support/hq.ts"
import { anotherProcess, suite } from "../../../support/storages.ts"
import {
  blocked,
  complete,
  completeProven,
  isWaiting,
  pass,
  passUntilDone,
  queued,
  waiting
} from "../../../support/waiting.ts"
import { shared } from "../../../support/watch.ts"

/** The call is answered soon, with this. */
const answered = (call: Fiber.Fiber<object, unknown>, answer: object) =>
  Effect.gen(function* () {
    assert.isAtMost(yield* passUntilDone(call), 300)
    assert.deepInclude(fields(yield* Fiber.join(call)), answer)
  })

/** The call is soon refused, for this reason. */
const soonRefused = (call: Fiber.Fiber<object, { readonly message: string }>, tag: string) =>
  Effect.gen(function* () {
    assert.isAtMost(yield* passUntilDone(call), 300)
    assert.strictEqual((yield* refused(Fiber.join(call)))._tag, tag)
  })

suite("a claim that waits", (test) => {
  test(
    "the call gets its step soon after its own process frees it",
    Effect.gen(function* () {
      yield* blocked(2)
      const [one, other] = [yield* waiting("a"), yield* waiting("b")]
      assert.deepStrictEqual(yield* queued, ["a", "b"])
      yield* complete
      for (const call of [one, other]) assert.isAtMost(yield* passUntilDone(call), 150)
      assert.strictEqual((yield* Fiber.join(one)).step?.step_num, 2)
      assert.strictEqual((yield* Fiber.join(other)).step?.step_num, 3)
      assert.deepStrictEqual(yield* queued, [])
    })
  )

  test(
    "and soon after another process frees it",
    Effect.gen(function* () {
      yield* blocked(1)
      const process = yield* anotherProcess
      const call = yield* waiting("a")
      yield* Effect.provide(completeProven, process)
      assert.isAtMost(yield* passUntilDone(call), 150)
      assert.deepInclude(fields((yield* Fiber.join(call)).step), { step_num: 2, agent_id: "a", attempt: 1 })
      assert.deepStrictEqual(yield* queued, [])
    })
  )

  test(
    "at its timeout the call is answered with the reason that holds then",
    Effect.gen(function* () {
      yield* blocked(1)
      const call = yield* waiting("a", { wait_seconds: 10 })
      yield* hq.fail({ step_id: 1, agent_id: "worker", reason: "no" })
      yield* pass("9 seconds", "100 millis")
      assert.isTrue(yield* isWaiting(call))
      yield* pass("1 second", "100 millis")
      assert.deepInclude(fields(yield* Fiber.join(call)), { step: null, reason: "failed_upstream" })
      assert.deepStrictEqual(yield* queued, [])
    })
  )

  test(
    "the call ends at once when its caller is gone",
    Effect.gen(function* () {
      yield* blocked(1)
      const until = Effect.sleep("5 seconds")
      const call = yield* waiting("a", {}, { until })
      yield* pass("4 seconds", "100 millis")
      assert.isTrue(yield* isWaiting(call))
      yield* pass("1 second", "100 millis")
      assert.deepInclude(fields(yield* Fiber.join(call)), { step: null, reason: "all_blocked" })
      assert.deepStrictEqual(yield* queued, [])
    })
  )

  test(
    "where there is nothing to wait for it is answered at once, and so it is when that comes about",
    Effect.gen(function* () {
      yield* blocked(0)
      const [one, other] = [yield* waiting("a"), yield* waiting("b", { project: undefined })]
      assert.isTrue(yield* isWaiting(one))
      yield* complete
      yield* answered(one, { reason: "all_done" })
      yield* answered(other, { reason: "all_done" })
      assert.strictEqual((yield* hq.answer({ project: "p", agent_id: "c", wait_seconds: 50 })).reason, "all_done")
    })
  )

  test(
    "a person's doings are waited for, and heard of",
    Effect.gen(function* () {
      yield* blocked(1)
      yield* hq.updateProject({ name: "p", status: "paused" })
      const [one, other] = [yield* waiting("a"), yield* waiting("b")]
      yield* complete
      yield* pass("1 second", "50 millis")
      assert.isTrue(yield* isWaiting(one))
      yield* hq.updateProject({ name: "p", status: "active" })
      yield* answered(one, {})
      yield* hq.updateProject({ name: "p", status: "aborted" })
      yield* answered(other, { step: null, reason: "project_aborted" })
      const third = yield* hq.answer({ project: "p", agent_id: "c", wait_seconds: 50 })
      assert.strictEqual(third.reason, "project_aborted")
    })
  )

  test(
    "a failed step that is made claimable again goes to whoever waits",
    Effect.gen(function* () {
      yield* blocked(0)
      yield* hq.fail({ step_id: 1, agent_id: "worker", reason: "no" })
      const call = yield* waiting("a")
      yield* hq.recoverFailed(1)
      yield* answered(call, {})
      assert.deepInclude(fields(yield* hq.get(1)), { agent_id: "a", attempt: 2 })
    })
  )

  test(
    "a project that is deleted is told of",
    Effect.gen(function* () {
      yield* blocked(1)
      const call = yield* waiting("a")
      yield* hq.deleteProject({ name: "p", force: true })
      yield* soonRefused(call, "NotFound")
      assert.deepStrictEqual(yield* queued, [])
    })
  )

  test(
    "steps whose files are in use are waited for",
    Effect.gen(function* () {
      const step = { branch: "b", scope: "api", files: ["a.ts"] }
      yield* hq.createProject({ name: "p", base_commit: "c", steps: [1, 2].map((step_num) => ({ step_num, ...step })) })
      yield* hq.claim("worker")
      const [any, named] = [yield* waiting("a"), yield* waiting("b", { step_num: 2 })]
      const overlapping = yield* waiting("c", { allow_overlap: true })
      // It came later than others who could take the step, were it not for the files.
      assert.isAtMost(yield* passUntilDone(overlapping), 200)
      assert.strictEqual((yield* Fiber.join(overlapping)).step?.step_num, 2)
      yield* hq.release({ step_id: 2, agent_id: "c" })
      assert.isTrue(yield* isWaiting(any))
      yield* hq.release({ step_id: 1, agent_id: "worker" })
      yield* answered(any, {})
      yield* pass("1 second", "50 millis")
      assert.isTrue(yield* isWaiting(named))
    })
  )

  test(
    "what is wrong with the request is said at once",
    Effect.gen(function* () {
      yield* blocked(1)
      const wait = { project: "p", agent_id: "worker", wait_seconds: 50 }
      assert.strictEqual((yield* refused(hq.answer({ ...wait, project: "q" })))._tag, "NotFound")
      assert.strictEqual((yield* refused(hq.answer({ ...wait, step_num: 9 })))._tag, "NotFound")
      assert.strictEqual((yield* refused(hq.answer({ ...wait, step_id: 1, scopes: ["a"] })))._tag, "InvalidInput")
      assert.include((yield* refused(hq.answer({ ...wait, max_held: 1 }))).message as string, "max_held")
      assert.include((yield* refused(hq.answer({ ...wait, step_id: 1 }))).message as string, "It is yours already")
    })
  )
})

suite("a claim that waits for a named step", (test) => {
  test(
    "the call gets the step as soon as its dependencies are done, and bypasses the queue",
    Effect.gen(function* () {
      yield* blocked(2)
      const call = yield* waiting("a", { step_num: 3 })
      assert.deepStrictEqual(yield* queued, [])
      yield* complete
      assert.isAtMost(yield* passUntilDone(call), 150)
      assert.strictEqual((yield* Fiber.join(call)).step?.step_num, 3)
    })
  )

  test(
    "the call gets the step as soon as its holder releases it, or hears that it is done",
    Effect.gen(function* () {
      yield* blocked(0)
      const [one, other] = [yield* waiting("a", { step_id: 1 }), yield* waiting("b", { step_id: 1 })]
      yield* hq.release({ step_id: 1, agent_id: "worker" })
      yield* pass("300 millis")
      const [winner, loser] = (yield* isWaiting(one)) ? [other, one] : [one, other]
      const { step } = yield* Fiber.join(winner)
      assert.isTrue(yield* isWaiting(loser))
      yield* hq.start({ step_id: 1, agent_id: step?.agent_id as string })
      yield* hq.complete({ step_id: 1, agent_id: step?.agent_id as string, commit_hash: "c" })
      yield* soonRefused(loser, "Conflict")
    })
  )

  test(
    "at its timeout the call is refused, with what blocks the step then",
    Effect.gen(function* () {
      yield* blocked(1)
      const call = yield* waiting("a", { step_num: 2, wait_seconds: 5 })
      yield* complete
      yield* hq.claim("b", { step_num: 2 })
      yield* pass("5 seconds", "100 millis")
      const error = yield* refused(Fiber.join(call))
      assert.deepInclude(error, { _tag: "Conflict", holder: { agent_id: "b", attempt: 1 } })
    })
  )

  test(
    "the same request_id gives the same claim, however long either call waits",
    Effect.gen(function* () {
      yield* blocked(2)
      const once = yield* waiting("a", { request_id: "r", wait_seconds: 20 })
      const again = yield* waiting("a", { request_id: "r", wait_seconds: 30 })
      yield* complete
      yield* answered(once, {})
      yield* answered(again, {})
      const { step } = yield* hq.answer({ project: "p", agent_id: "a", request_id: "r" })
      assert.strictEqual((yield* Fiber.join(once)).step?.id, step?.id)
      assert.strictEqual((yield* Fiber.join(again)).step?.id, step?.id)
      assert.strictEqual((yield* hq.claim("b"))?.step_num, 3)
    })
  )

  test(
    "a request_id's claim is returned at the timeout, if another call with it took the only step",
    Effect.gen(function* () {
      yield* blocked(1)
      const call = yield* waiting("a", { request_id: "r", wait_seconds: 5 })
      yield* hq.updateProject({ name: "p", status: "paused" })
      yield* complete
      yield* pass("1 second", "50 millis")
      yield* hq.updateProject({ name: "p", status: "active" })
      const { step } = yield* hq.answer({ project: "p", agent_id: "a", request_id: "r" })
      yield* pass("5 seconds", "100 millis")
      assert.strictEqual((yield* Fiber.join(call)).step?.id, step?.id)
    })
  )
})

describe("a call within a transaction of the host's", () => {
  it.scoped("does not wait, since it would not see what others write", () =>
    Effect.gen(function* () {
      yield* blocked(1)
      const sql = yield* SqlClient.SqlClient
      const call = hq.answer({ project: "p", agent_id: "a", wait_seconds: 50 })
      assert.strictEqual((yield* sql.withTransaction(call)).reason, "all_blocked")
      assert.deepStrictEqual(yield* queued, [])
    }).pipe(Effect.provide(shared()))
  )
})
