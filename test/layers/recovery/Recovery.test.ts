import { assert } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as TestClock from "effect/TestClock"
import { transitions } from "../../../src/domain/Lifecycle.ts"
import { StepStatus } from "../../../src/domain/Status.ts"
import { fields, hq, refused } from "../../support/hq.ts"
import { auditTrail, contents, rows, writesNothing } from "../../support/rows.ts"
import { at, suite } from "../../support/storages.ts"

const calls = {
  recover: (step_id: number, force?: boolean) => hq.recover({ step_id, ...(force && { force }) }),
  recover_failed: (step_id: number) => hq.recoverFailed(step_id)
}
const everyCall = Object.entries(calls) as ReadonlyArray<[keyof typeof calls, typeof calls.recover]>

/** What is left of a step that was brought back. */
const reset = {
  id: 1,
  project_id: 1,
  step_num: 1,
  branch: "step1/work",
  scope: "api",
  status: "not_started",
  priority: 0
}

suite("recovering", (test) => {
  const lastEvent = Effect.suspend(() =>
    rows<{ metadata: string }>("SELECT * FROM $agent_events ORDER BY id DESC LIMIT 1")
  ).pipe(Effect.map(([row]) => ({ ...row, metadata: JSON.parse(row?.metadata ?? "null") }) as object))

  for (const [status, begin] of [
    ["claimed", hq.take],
    ["in_progress", hq.takeAndStart]
  ] as const) {
    test(
      `resets a ${status} step, and records from whom it was taken`,
      Effect.gen(function* () {
        yield* hq.create("p", { 1: [] })
        const { id } = yield* begin("a")
        yield* TestClock.adjust("1 hour")
        const step = yield* hq.recover({ step_id: id })
        assert.deepStrictEqual({ ...step } as object, { ...reset, attempt: 1 })
        assert.deepInclude(yield* lastEvent, {
          agent_id: "unknown",
          step_id: 1,
          project_id: 1,
          event_type: "recovered",
          timestamp: at("1 hour"),
          metadata: { attempt: 1, from_status: status, from_agent: "a", from_session: yield* hq.session }
        })
        assert.isEmpty(yield* rows("SELECT * FROM $failed_steps_history"))
        assert.strictEqual((yield* hq.take("b")).attempt, 2)
      })
    )
  }

  test(
    "brings a failed step back, and keeps the failed attempt in the history",
    Effect.gen(function* () {
      yield* hq.create("p", { 1: [] })
      const { id } = yield* hq.take("a")
      yield* TestClock.adjust("1 minute")
      yield* hq.start({ step_id: id, worktree: "/w" })
      yield* TestClock.adjust("1 minute")
      yield* hq.fail({ step_id: id, reason: "no disk" })
      yield* TestClock.adjust("1 minute")
      assert.deepStrictEqual({ ...(yield* hq.recoverFailed(id)) } as object, {
        ...reset,
        attempt: 1
      })
      const [kept, ...more] = yield* rows<object>("SELECT * FROM $failed_steps_history")
      assert.isEmpty(more)
      assert.deepStrictEqual(kept, {
        id: 1,
        original_step_id: 1,
        project_id: 1,
        step_num: 1,
        branch: "step1/work",
        scope: "api",
        title: null,
        description: null,
        worktree: "/w",
        agent_id: "a",
        claimed_at: at("0 minutes"),
        started_at: at("1 minute"),
        failed_at: at("2 minutes"),
        last_commit: null,
        files_modified: null,
        notes: "no disk",
        archived_at: at("3 minutes"),
        attempt: 1
      })
      assert.deepInclude(yield* lastEvent, {
        agent_id: "unknown",
        event_type: "recovered",
        metadata: { attempt: 1, from_status: "failed", from_agent: "a" }
      })
    })
  )

  test(
    "keeps every failed attempt, with its own reason and time",
    Effect.gen(function* () {
      yield* hq.create("p", { 1: [] })
      for (const reason of ["first", "second", "third"]) {
        yield* TestClock.adjust("1 minute")
        yield* hq.recoverFailed((yield* hq.failNext(reason, {}, reason)).id)
      }
      assert.deepStrictEqual(
        yield* rows<object>(`SELECT attempt, agent_id, notes, failed_at FROM $failed_steps_history ORDER BY id`),
        ["first", "second", "third"].map((reason, index) => ({
          attempt: index + 1,
          agent_id: reason,
          notes: reason,
          failed_at: at(`${index + 1} minutes`)
        }))
      )
    })
  )

  for (const [action, call] of everyCall) {
    for (const status of StepStatus.literals.filter((status) => !transitions[action].from.includes(status))) {
      test(
        `by ${transitions[action].tool} is refused for a ${status} step`,
        Effect.gen(function* () {
          yield* hq.create("p", { 1: [] })
          yield* rows(`UPDATE $steps SET status = '${status}'`)
          for (const force of [undefined, true]) {
            const error = yield* call(1, force).pipe(Effect.flip, writesNothing)
            assert.deepInclude({ ...error } as object, { _tag: "Conflict", step_id: 1, status })
            assert.include(error.message, `Step id 1 is ${status}: ${transitions[action].tool} is not allowed.`)
            assert.match(error.message, /call /i)
          }
        })
      )
    }
    test(
      `by ${transitions[action].tool} is NotFound where there is no such step`,
      Effect.gen(function* () {
        const error = yield* call(77).pipe(Effect.flip, writesNothing)
        assert.deepInclude({ ...error }, { _tag: "NotFound", entity: "step", key: 77 })
      })
    )
  }

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
        agent_id: "unknown",
        event_type: "recovered",
        metadata: {
          attempt: 1,
          from_status: "claimed",
          from_agent: "a",
          from_session: yield* hq.session,
          forced: true
        }
      })
    })
  )

  test(
    "tells who took the step, and never takes its holder for that",
    Effect.gen(function* () {
      yield* hq.create("p", { 1: [], 2: [], 3: [] })
      yield* hq.claim("a", { step_id: 1 })
      const by = Effect.map(lastEvent, (event) => (event as { readonly agent_id: string }).agent_id)
      yield* hq.recover({ step_id: 1, force: true })
      assert.strictEqual(yield* by, "unknown")
      yield* hq.claim("a", { step_id: 1 })
      yield* hq.recover({ step_id: 1, force: true, agent_id: "lead" })
      assert.strictEqual(yield* by, "lead")
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
})
