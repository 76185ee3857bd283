import { assert } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as TestClock from "effect/TestClock"
import { fields, hq, refused } from "../../support/hq.ts"
import { auditTrail, contents, rows } from "../../support/rows.ts"
import { anotherProcess, at, suite } from "../../support/storages.ts"

suite("recovery", (test) => {
  test(
    "a step is not taken from an agent that was heard of within a minute, unless by force",
    Effect.gen(function* () {
      yield* hq.create("p", { 1: [] })
      yield* hq.claim("a")
      yield* TestClock.adjust("59 seconds")
      const before = yield* contents
      for (const more of [{}, { force: false }]) {
        const error = yield* refused(hq.recover({ step_id: 1, ...more }))
        assert.deepInclude(error, {
          _tag: "Conflict",
          step_id: 1,
          status: "claimed",
          holder: { agent_id: "a", attempt: 1 }
        })
        assert.include(error.message, `last heard of at ${at("0 minutes")}`)
        assert.include(error.message, "force: true")
      }
      assert.deepStrictEqual(yield* contents, before)
      const step = fields(yield* hq.recover({ step_id: 1, force: true }))
      assert.deepInclude(step, { status: "not_started", attempt: 1 })
      assert.notProperty(step, "agent_id")
      assert.deepInclude((yield* auditTrail).at(-1), {
        agent_id: "system",
        event_type: "recovered",
        metadata: { attempt: 1, from_status: "claimed", from_agent: "a" }
      })
    })
  )

  test(
    "any sign of life counts, and a minute later the step may be taken",
    Effect.gen(function* () {
      yield* hq.create("p", { 1: [], 2: [], 3: [] })
      for (const step_id of [1, 2, 3]) yield* hq.claim("a", { step_id })
      yield* TestClock.adjust("5 minutes")
      yield* hq.heartbeat({ step_id: 1 })
      yield* hq.start({ step_id: 2 })
      yield* hq.recover({ step_id: 3 })
      for (const step_id of [1, 2]) assert.strictEqual((yield* Effect.flip(hq.recover({ step_id })))._tag, "Conflict")
      yield* TestClock.adjust("1 minute")
      for (const step_id of [1, 2]) assert.strictEqual((yield* hq.recover({ step_id })).status, "not_started")
    })
  )

  test(
    "what detect_stale_work has shown is recovered without force, until its agent is heard of again",
    Effect.gen(function* () {
      yield* hq.create("p", { 1: [], 2: [] })
      yield* hq.claim("a")
      yield* hq.claim("a")
      yield* TestClock.adjust("30 seconds")
      const shown = yield* hq.detectStale({ timeout_minutes: 0.25 })
      assert.deepStrictEqual(
        shown.steps.map(({ id }) => Number(id)),
        [1, 2]
      )
      yield* hq.heartbeat({ step_id: 2 })
      assert.strictEqual((yield* hq.recover({ step_id: 1 })).status, "not_started")
      assert.strictEqual((yield* Effect.flip(hq.recover({ step_id: 2 })))._tag, "Conflict")
    })
  )

  test(
    "only a step that somebody holds can be recovered, only a failed one by recover_failed_step",
    Effect.gen(function* () {
      yield* hq.create("p", { 1: [], 2: [], 3: [], 4: [] })
      yield* hq.claim("a", { step_num: 2 })
      yield* hq.fail({ step_id: 2, reason: "r" })
      yield* hq.claim("a", { step_num: 3 })
      yield* hq.start({ step_id: 3 })
      yield* hq.complete({ step_id: 3, commit_hash: "c" })
      yield* hq.claim("a", { step_num: 4 })
      const before = yield* contents
      for (const step_id of [1, 2, 3]) {
        assert.strictEqual((yield* refused(hq.recover({ step_id, force: true })))._tag, "Conflict")
      }
      for (const step_id of [1, 3, 4]) assert.strictEqual((yield* refused(hq.recoverFailed(step_id)))._tag, "Conflict")
      assert.strictEqual((yield* refused(hq.recover({ step_id: 99, force: true })))._tag, "NotFound")
      assert.strictEqual((yield* refused(hq.recoverFailed(99)))._tag, "NotFound")
      assert.deepStrictEqual(yield* contents, before)
    })
  )

  test(
    "a step that lost HQ_MAX_ATTEMPTS attempts is failed, with the reason, and its history is kept",
    Effect.gen(function* () {
      yield* hq.create("p", { 1: [], 2: [1] })
      for (const agent of ["a", "b"]) {
        yield* hq.claim(agent)
        yield* TestClock.adjust("15 minutes")
        assert.deepStrictEqual(yield* hq.sweep, { recovered: 1, failed: 0 })
      }
      yield* hq.claim("c")
      yield* hq.start({ step_id: 1, agent_id: "c", worktree: "/w" })
      yield* TestClock.adjust("15 minutes")
      assert.deepStrictEqual(yield* hq.sweep, { recovered: 0, failed: 1 })
      const reason = `3 attempts were lost, the last by agent "c": no sign of life until its lease ended at ${at("45 minutes")}`
      const failed = fields(yield* hq.get(1))
      assert.deepInclude(failed, { status: "failed", attempt: 3, agent_id: "c", worktree: "/w", notes: reason })
      assert.notProperty(failed, "lease_expires_at")
      assert.deepInclude((yield* auditTrail).at(-1), {
        agent_id: "system",
        event_type: "failed",
        metadata: { attempt: 3, from_status: "in_progress", from_agent: "c", reason }
      })
      assert.deepStrictEqual(yield* hq.sweep, { recovered: 0, failed: 0 })

      yield* hq.recoverFailed(1)
      assert.deepStrictEqual(
        yield* rows(
          `SELECT original_step_id, attempt, agent_id, worktree, claimed_at, failed_at, notes FROM $failed_steps_history`
        ),
        [
          {
            original_step_id: 1,
            attempt: 3,
            agent_id: "c",
            worktree: "/w",
            claimed_at: at("30 minutes"),
            failed_at: at("45 minutes"),
            notes: reason
          }
        ]
      )
      assert.deepStrictEqual(
        (yield* hq.claim("d"))?.previous_attempts?.map(({ outcome }) => outcome),
        ["recovered", "recovered", "failed"]
      )
    })
  )

  test(
    "attempts are counted anew after recover_failed_step",
    Effect.gen(function* () {
      yield* hq.create("p", { 1: [] })
      const lose = Effect.zipRight(hq.claim("a"), Effect.zipRight(TestClock.adjust("15 minutes"), hq.sweep))
      assert.deepStrictEqual(yield* lose, { recovered: 1, failed: 0 })
      assert.deepStrictEqual(yield* lose, { recovered: 0, failed: 1 })
      yield* hq.recoverFailed(1)
      assert.deepStrictEqual(yield* lose, { recovered: 1, failed: 0 })
      assert.deepStrictEqual(yield* lose, { recovered: 0, failed: 1 })
      assert.strictEqual((yield* hq.get(1)).attempt, 4)
    }),
    { maxAttempts: 2 }
  )

  test(
    "a claim given back is no lost attempt; one that recover_step took is",
    Effect.gen(function* () {
      yield* hq.create("p", { 1: [], 2: [] })
      for (let n = 0; n < 5; n++) {
        yield* hq.claim("a", { step_num: 1 })
        yield* hq.release({ step_id: 1 })
      }
      yield* hq.claim("a", { step_num: 2 })
      yield* hq.recover({ step_id: 2, force: true })
      yield* hq.claim("a", { step_num: 1 })
      yield* hq.claim("a", { step_num: 2 })
      yield* TestClock.adjust("15 minutes")
      assert.deepStrictEqual(yield* hq.sweep, { recovered: 1, failed: 1 })
      assert.strictEqual((yield* hq.get(1)).status, "not_started")
      assert.strictEqual((yield* hq.get(2)).status, "failed")
    }),
    { maxAttempts: 2 }
  )

  test(
    "an agent sees what it holds, in any process, page by page",
    Effect.gen(function* () {
      yield* hq.create("p", { 1: [], 2: [], 3: [], 4: [], 5: [] })
      yield* hq.claim("a", { step_num: 1 })
      yield* hq.claim("b", { step_num: 2 })
      for (const step_num of [3, 4, 5]) yield* hq.claim("a", { step_num })
      yield* hq.start({ step_id: 3 })
      yield* hq.fail({ step_id: 5, reason: "r" })
      const other = yield* anotherProcess
      const first = yield* Effect.provide(hq.heldBy({ agent_id: "a", limit: 2 }), other)
      const page = first.steps.map(fields)
      assert.lengthOf(page, 2)
      assert.deepInclude(page[0], { id: 1, status: "claimed", attempt: 1, lease_expires_at: at("15 minutes") })
      assert.deepInclude(page[1], { id: 3, status: "in_progress", attempt: 1, lease_expires_at: at("15 minutes") })
      const second = yield* hq.heldBy({ agent_id: "a", limit: 2, cursor: first.next_cursor ?? "" })
      assert.deepStrictEqual([second.steps.map(({ id }) => Number(id)), second.next_cursor], [[4], undefined])
      assert.deepStrictEqual(yield* hq.heldBy({ agent_id: "nobody" }), { steps: [] })
      assert.strictEqual((yield* Effect.flip(hq.heldBy({ agent_id: "a", cursor: "made up" })))._tag, "InvalidInput")
    })
  )
})
