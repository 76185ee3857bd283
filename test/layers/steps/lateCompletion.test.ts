import { assert } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as TestClock from "effect/TestClock"
import { fields, hq, refused } from "../../support/hq.ts"
import { auditTrail, contents } from "../../support/rows.ts"
import { anotherProcess, at, suite } from "../../support/storages.ts"

const done = { step_id: 1, commit_hash: "c", files_modified: ["f"], notes: "n" }

/** Ways in which agent "a" loses step id 1 while it is alive and at work. */
const losses = {
  "a sweep": hq.sweep,
  "recover_step by force": hq.recover({ step_id: 1, force: true })
}

/** Agent "a" claims at noon, starts a minute later, and loses the step at a quarter past. */
const lost = (loss: (typeof losses)[keyof typeof losses] = hq.sweep) =>
  Effect.gen(function* () {
    yield* hq.create("p", { 1: [], 2: [1] })
    yield* hq.claim("a")
    yield* TestClock.adjust("1 minute")
    yield* hq.start({ step_id: 1, worktree: "/w" })
    yield* TestClock.adjust("15 minutes")
    yield* loss
  })

suite("a late completion", (test) => {
  test(
    "knows the worktree that its agent had",
    Effect.gen(function* () {
      yield* lost()
      assert.deepStrictEqual((yield* hq.complete({ ...done, files_modified: ["/w/src/a.ts"] })).files_modified, [
        "src/a.ts"
      ])
    })
  )

  for (const [name, loss] of Object.entries(losses)) {
    test(
      `after ${name}, work that nobody has taken over is accepted, and stands as that attempt's`,
      Effect.gen(function* () {
        yield* lost(loss)
        assert.deepInclude(fields(yield* hq.get(1)), { status: "not_started", attempt: 1 })
        yield* TestClock.adjust("1 minute")
        const step = fields(yield* hq.complete(done))
        const expected = {
          status: "completed",
          agent_id: "a",
          attempt: 1,
          claimed_at: at("0 minutes"),
          started_at: at("1 minute"),
          completed_at: at("17 minutes"),
          last_commit: "c",
          files_modified: ["f"],
          notes: "n"
        }
        assert.deepInclude(step, expected)
        assert.notProperty(step, "lease_expires_at")
        assert.deepInclude(fields(yield* hq.get(1)), expected)
        const last = (yield* auditTrail).at(-1)
        assert.deepInclude(last, { event_type: "completed", agent_id: "a", timestamp: at("17 minutes") })
        assert.deepStrictEqual(last?.metadata, { attempt: 1, commit_hash: "c", late: true })
        assert.strictEqual((yield* hq.claim("b"))?.step_num, 2)
      })
    )
  }

  test(
    "a late completion repeated writes nothing; with other content it is a Conflict",
    Effect.gen(function* () {
      yield* lost()
      const answer = yield* hq.complete(done)
      const before = yield* contents
      const other = yield* anotherProcess
      yield* TestClock.adjust("1 minute")
      assert.deepStrictEqual(yield* hq.complete(done), answer)
      assert.deepStrictEqual(yield* Effect.provide(hq.complete({ ...done, agent_id: "a" }), other), answer)
      assert.strictEqual((yield* Effect.flip(hq.complete({ ...done, commit_hash: "other" })))._tag, "Conflict")
      assert.deepStrictEqual(yield* contents, before)
    })
  )

  test(
    "an agent that lost its step before it could start it may still complete it",
    Effect.gen(function* () {
      yield* hq.create("p", { 1: [] })
      yield* hq.claim("a")
      yield* TestClock.adjust("15 minutes")
      yield* hq.sweep
      const step = fields(yield* hq.complete(done))
      assert.deepInclude(step, { status: "completed", claimed_at: at("0 minutes") })
      assert.notProperty(step, "started_at")
    })
  )

  test(
    "late completion is the lost agent's and attempt's alone, from any process",
    Effect.gen(function* () {
      yield* lost()
      const other = yield* anotherProcess
      const before = yield* contents
      for (const by of [{ agent_id: "b" }, { agent_id: "a", attempt: 2 }, { agent_id: "b", attempt: 1 }]) {
        assert.strictEqual((yield* Effect.flip(hq.complete({ ...done, ...by })))._tag, "Conflict")
      }
      for (const by of [{}, { attempt: 1 }, { agent_id: "a" }]) {
        assert.strictEqual(
          (yield* Effect.flip(Effect.provide(hq.complete({ ...done, ...by }), other)))._tag,
          "Conflict"
        )
      }
      assert.deepStrictEqual(yield* contents, before)
      yield* Effect.provide(hq.complete({ ...done, agent_id: "a", attempt: 1 }), other)
    })
  )

  test(
    "in another session, the agent's name is enough once the session that lost the step is gone",
    Effect.gen(function* () {
      yield* lost()
      yield* hq.endSession
      yield* Effect.provide(hq.complete({ ...done, agent_id: "a" }), yield* anotherProcess)
      assert.strictEqual((yield* hq.get(1)).status, "completed")
    })
  )

  test(
    "once claimed again, the step is lost for good",
    Effect.gen(function* () {
      yield* lost()
      const other = yield* anotherProcess
      yield* Effect.provide(hq.claim("b"), other)
      const error = yield* refused(hq.complete(done))
      assert.deepInclude(error, { _tag: "Conflict", holder: { agent_id: "b", attempt: 2 } })
      // Also when the second agent has lost it, or given it back.
      yield* hq.recover({ step_id: 1, force: true })
      assert.strictEqual((yield* Effect.flip(hq.complete(done)))._tag, "Conflict")
      yield* Effect.provide(hq.claim("b"), other)
      yield* Effect.provide(hq.release({ step_id: 1 }), other)
      assert.strictEqual((yield* Effect.flip(hq.complete(done)))._tag, "Conflict")
    })
  )

  for (const [name, call] of Object.entries({
    start: hq.start({ step_id: 1 }),
    heartbeat: hq.heartbeat({ step_id: 1 }),
    fail: hq.fail({ step_id: 1, reason: "r" }),
    release: hq.release({ step_id: 1 })
  })) {
    test(
      `${name} is not accepted late`,
      Effect.gen(function* () {
        yield* lost()
        const before = yield* contents
        const error = yield* refused(call)
        assert.deepInclude(error, { _tag: "Conflict", status: "not_started" })
        assert.notProperty(error, "holder")
        assert.include(error.message, "claim_step")
        assert.deepStrictEqual(yield* contents, before)
      })
    )
  }

  test(
    "a step that its agent gave back, or that failed, is not completed late",
    Effect.gen(function* () {
      yield* hq.create("p", { 1: [], 2: [], 3: [] })
      yield* hq.claim("a", { step_num: 1 })
      yield* hq.release({ step_id: 1 })
      yield* hq.claim("a", { step_num: 2 })
      yield* hq.fail({ step_id: 2, reason: "r" })
      yield* hq.claim("a", { step_num: 3 })
      yield* hq.fail({ step_id: 3, reason: "r" })
      yield* hq.recoverFailed(3)
      for (const step_id of [1, 2, 3]) {
        assert.strictEqual((yield* Effect.flip(hq.complete({ ...done, step_id })))._tag, "Conflict")
      }
    })
  )
})
