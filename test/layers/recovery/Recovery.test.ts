import { assert } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as TestClock from "effect/TestClock"
import type { StepId } from "../../../src/domain/Ids.ts"
import { transitions } from "../../../src/domain/Lifecycle.ts"
import { StepStatus } from "../../../src/domain/Status.ts"
import { hq, pages } from "../../support/hq.ts"
import { rows, writesNothing } from "../../support/rows.ts"
import { at, suite } from "../../support/storages.ts"

const calls = {
  recover: (step_id: number) => hq.recover({ step_id }),
  recover_failed: hq.recoverFailed
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
          agent_id: "system",
          step_id: 1,
          project_id: 1,
          event_type: "recovered",
          timestamp: at("1 hour"),
          metadata: { attempt: 1, from_status: status, from_agent: "a" }
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
        agent_id: "system",
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
          const error = yield* call(1).pipe(Effect.flip, writesNothing)
          assert.deepInclude({ ...error } as object, { _tag: "Conflict", step_id: 1, status })
          assert.include(error.message, `Step id 1 is ${status}: ${transitions[action].tool} is not allowed.`)
          assert.match(error.message, /call /i)
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
})

suite("stale work", (test) => {
  const stale = (timeout_minutes?: number) =>
    Effect.map(hq.detectStale(timeout_minutes === undefined ? {} : { timeout_minutes }), (page) =>
      page.steps.map(({ step_num }) => step_num)
    )

  test(
    "is what has been silent for more than 15 minutes, claimed or in progress",
    Effect.gen(function* () {
      yield* hq.create("p", { 1: [], 2: [], 3: [] })
      yield* hq.take("a")
      yield* hq.takeAndStart("b")
      yield* TestClock.adjust("15 minutes")
      assert.deepStrictEqual(yield* stale(), [])
      yield* TestClock.adjust("1 millis")
      assert.deepStrictEqual(yield* stale(), [1, 2])
    })
  )

  test(
    "can be asked for by fractions of a minute, and by more than there is time",
    Effect.gen(function* () {
      yield* TestClock.setTime(Date.UTC(2026, 0, 18))
      yield* hq.create("p", { 1: [] })
      yield* hq.take("a")
      yield* TestClock.adjust("31 seconds")
      assert.deepStrictEqual(yield* stale(0.5), [1])
      assert.deepStrictEqual(yield* stale(Number.MIN_VALUE), [1])
      assert.deepStrictEqual(yield* stale(0.6), [])
      assert.deepStrictEqual(yield* stale(2 ** 53), [])
      assert.deepStrictEqual(yield* stale(Number.MAX_VALUE), [])
    })
  )

  test(
    "is no step that gave a sign of life, or that nobody holds",
    Effect.gen(function* () {
      yield* hq.create("p", { 1: [], 2: [], 3: [], 4: [], 5: [], 6: [] })
      const [beating, started, completed, failed, recovered] = yield* Effect.forEach([1, 2, 3, 4, 5], () =>
        hq.take("a")
      )
      const id = (step: typeof beating) => ({ step_id: step?.id as StepId })
      yield* hq.start(id(completed))
      yield* TestClock.adjust("10 minutes")
      yield* hq.heartbeat(id(beating))
      yield* hq.start(id(started))
      yield* hq.complete({ ...id(completed), commit_hash: "c" })
      yield* hq.fail({ ...id(failed), reason: "no disk" })
      yield* hq.recover(id(recovered))
      yield* TestClock.adjust("10 minutes")
      assert.deepStrictEqual(yield* stale(), [])
      yield* TestClock.adjust("6 minutes")
      assert.deepStrictEqual(yield* stale(), [1, 2])
    })
  )

  test(
    "has the most silent first, over all projects, page by page",
    Effect.gen(function* () {
      for (const name of ["p", "q"]) yield* hq.create(name, { 1: [], 2: [], 3: [] })
      for (const name of ["q", "p", "p", "q", "q"]) {
        yield* hq.take("a", { project: name })
        yield* TestClock.adjust("1 minute")
      }
      yield* hq.take("a")
      yield* rows(`UPDATE $steps SET last_heartbeat = (SELECT min(last_heartbeat) FROM $steps) WHERE step_num = 3`)
      yield* TestClock.adjust("1 hour")
      const expected = [3, 4, 6, 1, 2, 5]
      for (const limit of [1, 2, 4, 6, 7]) {
        const found = yield* pages(limit, hq.detectStale)
        assert.strictEqual(found.length, Math.ceil(6 / limit))
        assert.deepStrictEqual(
          found.flatMap((page) => page.steps.map(({ id }) => Number(id))),
          expected
        )
      }
    })
  )

  test(
    "shows who held it and since when",
    Effect.gen(function* () {
      yield* hq.create("p", { 1: [] })
      const step = yield* hq.take("a")
      yield* TestClock.adjust("1 day")
      const page = yield* hq.detectStale({})
      assert.deepStrictEqual({ ...page.steps[0] }, { ...step })
      assert.strictEqual(page.steps[0]?.agent_id, "a")
      assert.strictEqual((yield* hq.getProject({ name: "p" })).steps[0]?.status, "claimed")
    })
  )
})
