import { assert } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as TestClock from "effect/TestClock"
import type { CompletedStep, Step } from "../../../src/domain/Entities.ts"
import type { Conflict, NotFound, StorageError } from "../../../src/domain/Errors.ts"
import { StepId } from "../../../src/domain/Ids.ts"
import { type Action, transitions } from "../../../src/domain/Lifecycle.ts"
import { StepStatus } from "../../../src/domain/Status.ts"
import type { Steps } from "../../../src/services/Steps.ts"
import { agent, plan, rows } from "../../support/coordination.ts"
import { finish, projects, steps, suite, take, takeAndStart, writingNothing } from "../../support/suite.ts"

const done = { commit_hash: "def456", files_modified: ["a.ts", "b.ts"], notes: "it works" }

type Call = (id: StepId, more?: object) => Effect.Effect<Step, NotFound | Conflict | StorageError, Steps>
const calls: { readonly [A in Extract<Action, "start" | "heartbeat" | "complete" | "fail">]: Call } = {
  start: (step_id, more) => steps.start({ step_id, worktree: "/w", ...more }),
  heartbeat: (step_id, more) => steps.heartbeat({ step_id, ...more }),
  complete: (step_id, more) => steps.complete({ step_id, ...done, ...more }),
  fail: (step_id, more) => steps.fail({ step_id, reason: "no disk", ...more })
}
const everyCall = Object.entries(calls) as ReadonlyArray<[keyof typeof calls, Call]>

suite("holding a step", (test, table) => {
  const events = Effect.suspend(() =>
    rows<{ event_type: string }>(`SELECT event_type FROM ${table("agent_events")} ORDER BY id`)
  ).pipe(Effect.map((found) => found.map(({ event_type }) => event_type)))

  test("start takes it into progress, and renews the lease", () =>
    Effect.gen(function* () {
      yield* projects.create(plan("p", { 1: [] }))
      const claimed = yield* take("p", "a")
      yield* TestClock.adjust("5 minutes")
      const started = yield* calls.start(claimed.id)
      assert.deepStrictEqual({ ...started }, {
        ...claimed,
        status: "in_progress",
        worktree: "/w",
        started_at: "1970-01-01T00:05:00.000Z",
        last_heartbeat: "1970-01-01T00:05:00.000Z",
        lease_expires_at: "1970-01-01T00:20:00.000Z"
      } as object)
      assert.deepStrictEqual(yield* events, ["claimed", "started"])
    }))

  test("start needs no worktree", () =>
    Effect.gen(function* () {
      yield* projects.create(plan("p", { 1: [] }))
      assert.notProperty(yield* takeAndStart("p", "a"), "worktree")
    }))

  test("heartbeat renews the lease of a claimed step and of one in progress, each time", () =>
    Effect.gen(function* () {
      yield* projects.create(plan("p", { 1: [] }))
      const { id } = yield* take("p", "a")
      for (const minute of ["01", "02"]) {
        yield* TestClock.adjust("1 minute")
        const step = yield* steps.heartbeat({ step_id: id, agent_id: agent("a") })
        assert.deepInclude({ ...step } as object, {
          status: "claimed",
          last_heartbeat: `1970-01-01T00:${minute}:00.000Z`,
          lease_expires_at: `1970-01-01T00:${15 + Number(minute)}:00.000Z`
        })
      }
      yield* calls.start(id)
      yield* TestClock.adjust("1 minute")
      const { lease_expires_at, status } = yield* steps.heartbeat({ step_id: id })
      assert.deepStrictEqual([status, String(lease_expires_at)], ["in_progress", "1970-01-01T00:18:00.000Z"])
      assert.deepStrictEqual(yield* events, ["claimed", "heartbeat", "heartbeat", "started", "heartbeat"])
    }))

  test("complete keeps what was done, and ends the lease", () =>
    Effect.gen(function* () {
      yield* projects.create(plan("p", { 1: [] }))
      const { id } = yield* takeAndStart("p", "a")
      yield* TestClock.adjust("1 hour")
      const step = yield* calls.complete(id)
      assert.deepInclude({ ...step } as object, {
        status: "completed",
        agent_id: "a",
        completed_at: "1970-01-01T01:00:00.000Z",
        last_commit: "def456",
        files_modified: ["a.ts", "b.ts"],
        notes: "it works"
      })
      assert.notProperty(step, "lease_expires_at")
      const { overlaps, ...stored } = step as CompletedStep
      assert.isEmpty(overlaps)
      assert.deepStrictEqual({ ...(yield* steps.get({ step_id: id })) }, { ...stored, depends_on: [] })
      assert.deepStrictEqual(yield* events, ["claimed", "started", "completed"])
    }))

  test("fail keeps the reason in the notes, of a claimed step as of one in progress", () =>
    Effect.gen(function* () {
      yield* projects.create(plan("p", { 1: [], 2: [] }))
      for (const { id } of [yield* take("p", "a"), yield* takeAndStart("p", "a")]) {
        const step = yield* calls.fail(id)
        assert.deepInclude({ ...step } as object, { status: "failed", agent_id: "a", notes: "no disk" })
        assert.notProperty(step, "lease_expires_at")
      }
    }))

  test("a call on a step that does not exist is NotFound", () =>
    Effect.gen(function* () {
      for (const [name, call] of everyCall) {
        for (const by of [{}, { agent_id: agent("a"), attempt: 1 }]) {
          const error = yield* call(StepId.make(77), by).pipe(Effect.flip, writingNothing(table))
          assert.strictEqual(error._tag, "NotFound", name)
        }
      }
    }))

  for (const [action, call] of everyCall) {
    const refused = StepStatus.literals.filter(
      (status) => !transitions[action].from.includes(status) && transitions[action].to !== status
    )
    for (const status of refused) {
      test(`${action} of its step is refused when that is ${status}`, () =>
        Effect.gen(function* () {
          yield* projects.create(plan("p", { 1: [] }))
          const { id } = yield* take("p", "a")
          yield* rows(`UPDATE ${table("steps")} SET status = '${status}'`)
          const error = yield* call(id).pipe(Effect.flip, writingNothing(table))
          assert.deepInclude({ ...error } as object, { _tag: "Conflict", step_id: id, status })
          assert.include(error.message, `Step id 1 is ${status}`)
          assert.match(error.message, /call /i)
        }))
    }
  }
})

suite("repeating a call", (test, table) => {
  const repeats = ([action, call]: (typeof everyCall)[number], first: Effect.Effect<Step, unknown, Steps>) => {
    for (const [how, by] of [
      ["as it was", {}],
      ["with agent and attempt named", { agent_id: agent("a"), attempt: 1 }],
      ["with the agent named", { agent_id: agent("a") }]
    ] as const) {
      test(`${action} ${how} succeeds and writes nothing`, () =>
        Effect.gen(function* () {
          yield* projects.create(plan("p", { 1: [] }))
          const { id } = yield* first
          const once = yield* call(id)
          yield* TestClock.adjust("1 minute")
          const again = yield* call(id, by).pipe(writingNothing(table))
          assert.deepStrictEqual({ ...again }, { ...once })
        }))
    }
  }
  repeats(["start", calls.start], take("p", "a"))
  repeats(["complete", calls.complete], takeAndStart("p", "a"))
  repeats(["fail", calls.fail], takeAndStart("p", "a"))

  test("start without its worktree succeeds and writes nothing", () =>
    Effect.gen(function* () {
      yield* projects.create(plan("p", { 1: [] }))
      const { id } = yield* take("p", "a")
      yield* calls.start(id)
      assert.strictEqual((yield* steps.start({ step_id: id }).pipe(writingNothing(table))).worktree, "/w")
    }))

  test("with other content is a Conflict", () =>
    Effect.gen(function* () {
      yield* projects.create(plan("p", { 1: [], 2: [] }))
      const { id } = yield* take("p", "a")
      const differs = (call: Call, more: object) =>
        Effect.gen(function* () {
          const error = yield* call(id, more).pipe(Effect.flip, writingNothing(table))
          assert.strictEqual(error._tag, "Conflict", JSON.stringify(more))
          assert.include(error.message, "other content")
        })
      yield* calls.start(id)
      yield* differs(calls.start, { worktree: "/elsewhere" })
      yield* calls.complete(id)
      yield* differs(calls.complete, { commit_hash: "other" })
      yield* differs(calls.complete, { notes: "other" })
      yield* differs(calls.complete, { files_modified: ["b.ts", "a.ts"] })
      yield* differs((step_id) => steps.complete({ step_id, commit_hash: done.commit_hash }), {})
      const other = yield* take("p", "a")
      yield* calls.fail(other.id)
      yield* differs(() => calls.fail(other.id, { reason: "other" }), {})
    }))

  test("by another agent is a Conflict, even with the same content", () =>
    Effect.gen(function* () {
      yield* projects.create(plan("p", { 1: [] }))
      const { id } = yield* finish("p", "a")
      const error = yield* steps
        .complete({ step_id: id, commit_hash: "def456", agent_id: agent("b") })
        .pipe(Effect.flip, writingNothing(table))
      assert.strictEqual(error._tag, "Conflict")
    }))
})
