import { assert } from "@effect/vitest"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as TestClock from "effect/TestClock"
import { fields, free, hq } from "../../support/hq.ts"
import { auditTrail, rows } from "../../support/rows.ts"
import { anotherProcess, at, suite, violations } from "../../support/storages.ts"
import { driven } from "../../support/waiting.ts"

/** More than a sweep takes in one transaction. */
const many = 250

suite("a sweep", (test) => {
  test(
    "a sweep takes what has expired, to the millisecond, and nothing else",
    Effect.gen(function* () {
      yield* hq.create("p", free(4))
      yield* hq.claim("a")
      yield* hq.claim("b")
      yield* hq.start({ step_id: 2, agent_id: "b" })
      yield* TestClock.adjust("1 millis")
      yield* hq.claim("c")
      yield* TestClock.adjust(Duration.subtract("15 minutes", "2 millis"))
      assert.deepStrictEqual(yield* hq.sweep, { recovered: 0, failed: 0 })
      yield* TestClock.adjust("1 millis")
      assert.deepStrictEqual(yield* hq.sweep, { recovered: 2, failed: 0 })
      const statuses = yield* Effect.forEach([1, 2, 3, 4], (id) => Effect.map(hq.get(id), (step) => step.status))
      assert.deepStrictEqual(statuses, ["not_started", "not_started", "claimed", "not_started"])
      const last = (yield* auditTrail).slice(-2)
      const reason = `no sign of life until the lease ended at ${at("15 minutes")}`
      const from_session = yield* hq.session
      assert.deepStrictEqual(
        last.map(({ agent_id, event_type, metadata }) => ({ agent_id, event_type, ...metadata })),
        [
          { from_status: "claimed", from_agent: "a" },
          { from_status: "in_progress", from_agent: "b" }
        ].map((from) => ({ agent_id: "system", event_type: "recovered", attempt: 1, ...from, from_session, reason }))
      )
      assert.deepStrictEqual(yield* violations, [])
    })
  )

  test(
    "processes that sweep together recover each attempt exactly once",
    Effect.gen(function* () {
      yield* hq.create("p", free(many))
      const others = [yield* anotherProcess, yield* anotherProcess]
      for (const attempt of [1, 2]) {
        for (let step = 0; step < many; step++) yield* hq.claim("a")
        yield* TestClock.adjust("15 minutes")
        const sweeps = [hq.sweep, ...others.map((process) => Effect.provide(hq.sweep, process))]
        const taken = yield* driven(Effect.all(sweeps, { concurrency: "unbounded" }))
        assert.strictEqual(
          taken.reduce((sum, { recovered }) => sum + recovered, 0),
          many
        )
        const recovered = yield* rows<{ n: number }>(`
          SELECT count(*) AS n FROM $agent_events WHERE event_type = 'recovered' AND metadata ->> 'attempt' = ${attempt}
          GROUP BY step_id`)
        assert.deepStrictEqual(
          recovered.map(({ n }) => n),
          Array.from({ length: many }, () => 1)
        )
      }
      assert.deepStrictEqual(yield* violations, [])
    })
  )

  test(
    "processes that sweep together fail a step exactly once",
    Effect.gen(function* () {
      yield* hq.create("p", free(1))
      yield* hq.claim("a")
      const other = yield* anotherProcess
      yield* TestClock.adjust("15 minutes")
      yield* driven(Effect.all([hq.sweep, Effect.provide(hq.sweep, other)], { concurrency: 2 }))
      assert.deepStrictEqual(
        (yield* auditTrail).map(({ event_type }) => event_type),
        ["claimed", "failed"]
      )
    }),
    { maxAttempts: 1 }
  )

  test(
    "a sweep prunes heartbeat events and request ids older than HQ_EVENT_RETENTION, and nothing else",
    Effect.gen(function* () {
      yield* hq.create("p", free(3))
      yield* hq.claim("a", { request_id: "old" })
      yield* hq.start({ step_id: 1 })
      for (let n = 0; n < many; n++) yield* hq.heartbeat({ step_id: 1 })
      yield* hq.complete({ step_id: 1, commit_hash: "c" })
      yield* hq.claim("a")
      yield* hq.release({ step_id: 2 })
      yield* hq.claim("a")
      yield* hq.fail({ step_id: 2, reason: "r" })
      yield* hq.recoverFailed(2)
      yield* TestClock.adjust("1 minutes")
      yield* hq.claim("a", { step_num: 3, request_id: "new" })
      yield* hq.heartbeat({ step_id: 3 })
      yield* hq.recover({ step_id: 3, force: true })
      const before = yield* auditTrail

      yield* TestClock.setTime(Date.parse(at("30 days")))
      assert.deepStrictEqual(yield* hq.sweep, { recovered: 0, failed: 0 })
      assert.deepStrictEqual(yield* auditTrail, before)

      yield* TestClock.adjust("1 millis")
      assert.deepStrictEqual(yield* driven(hq.sweep), { recovered: 0, failed: 0 })
      const isOld = (event: (typeof before)[number]) =>
        event.event_type === "heartbeat" && event.timestamp === at("0 minutes")
      assert.lengthOf(before.filter(isOld), many)
      assert.deepStrictEqual(
        yield* auditTrail,
        before.filter((event) => !isOld(event))
      )
      assert.deepStrictEqual(yield* rows("SELECT request_id FROM $claim_requests"), [{ request_id: "new" }])
      assert.lengthOf(yield* rows("SELECT 1 FROM $failed_steps_history"), 1)
      assert.deepStrictEqual(yield* violations, [])
      // The id means nothing any more: it is a new request's.
      assert.strictEqual((yield* hq.claim("a", { request_id: "old" }))?.step_num, 2)
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
        metadata: { attempt: 3, from_status: "in_progress", from_agent: "c", from_session: yield* hq.session, reason }
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
})
