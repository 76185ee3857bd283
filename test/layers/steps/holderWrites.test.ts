import { assert } from "@effect/vitest"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as TestClock from "effect/TestClock"
import type { CompletedStep, Step } from "../../../src/domain/Entities.ts"
import type { Conflict, NotFound, StorageError } from "../../../src/domain/Errors.ts"
import { type Action, transitions } from "../../../src/domain/Lifecycle.ts"
import { StepStatus } from "../../../src/domain/Status.ts"
import type { Steps } from "../../../src/services/Steps.ts"
import { hq, type Plain } from "../../support/hq.ts"
import { rows, writesNothing } from "../../support/rows.ts"
import { at, suite } from "../../support/storages.ts"

const done = { commit_hash: "def456", files_modified: ["a.ts", "b.ts"], notes: "it works" }

type Call = (id: number, more?: object) => Effect.Effect<Plain<Step>, NotFound | Conflict | StorageError, Steps>
const calls: { readonly [A in Extract<Action, "start" | "heartbeat" | "complete" | "fail" | "release">]: Call } = {
  start: (step_id, more) => hq.start({ step_id, worktree: "/w", ...more }),
  heartbeat: (step_id, more) => hq.heartbeat({ step_id, ...more }),
  complete: (step_id, more) => hq.complete({ step_id, ...done, ...more }),
  fail: (step_id, more) => hq.fail({ step_id, reason: "no disk", ...more }),
  release: (step_id, more) => hq.release({ step_id, ...more })
}
const everyCall = Object.entries(calls) as ReadonlyArray<[keyof typeof calls, Call]>

suite("holding a step", (test) => {
  const events = Effect.suspend(() =>
    rows<{ event_type: string }>("SELECT event_type FROM $agent_events ORDER BY id")
  ).pipe(Effect.map((found) => found.map(({ event_type }) => event_type)))

  test(
    "start takes it into progress, and renews the lease",
    Effect.gen(function* () {
      yield* hq.create("p", { 1: [] })
      const claimed = yield* hq.take("a")
      yield* TestClock.adjust("5 minutes")
      const started = yield* calls.start(claimed.id)
      assert.deepStrictEqual({ ...started }, {
        ...claimed,
        status: "in_progress",
        worktree: "/w",
        started_at: at("5 minutes"),
        last_heartbeat: at("5 minutes"),
        lease_expires_at: at("20 minutes")
      } as object)
      assert.deepStrictEqual(yield* events, ["claimed", "started"])
    })
  )

  test(
    "start needs no worktree",
    Effect.gen(function* () {
      yield* hq.create("p", { 1: [] })
      assert.notProperty(yield* hq.takeAndStart("a"), "worktree")
    })
  )

  test(
    "heartbeat renews the lease of a claimed step and of one in progress, each time",
    Effect.gen(function* () {
      yield* hq.create("p", { 1: [] })
      const { id } = yield* hq.take("a")
      for (const minute of [1, 2]) {
        yield* TestClock.adjust("1 minute")
        const step = yield* hq.heartbeat({ step_id: id, agent_id: "a" })
        assert.deepInclude({ ...step } as object, {
          status: "claimed",
          last_heartbeat: at(Duration.minutes(minute)),
          lease_expires_at: at(Duration.minutes(15 + minute))
        })
      }
      yield* calls.start(id)
      yield* TestClock.adjust("1 minute")
      const { lease_expires_at, status } = yield* hq.heartbeat({ step_id: id })
      assert.deepStrictEqual([status, String(lease_expires_at)], ["in_progress", at("18 minutes")])
      assert.deepStrictEqual(yield* events, ["claimed", "heartbeat", "heartbeat", "started", "heartbeat"])
    })
  )

  test(
    "complete keeps what was done, and ends the lease",
    Effect.gen(function* () {
      yield* hq.create("p", { 1: [] })
      const { id } = yield* hq.takeAndStart("a")
      yield* TestClock.adjust("1 hour")
      const step = yield* calls.complete(id)
      assert.deepInclude({ ...step } as object, {
        status: "completed",
        agent_id: "a",
        completed_at: at("1 hour"),
        last_commit: "def456",
        files_modified: ["a.ts", "b.ts"],
        notes: "it works"
      })
      assert.notProperty(step, "lease_expires_at")
      const { overlaps, ...stored } = step as Plain<CompletedStep>
      assert.isEmpty(overlaps)
      assert.deepStrictEqual({ ...(yield* hq.get(id)) }, { ...stored, depends_on: [] })
      assert.deepStrictEqual(yield* events, ["claimed", "started", "completed"])
    })
  )

  test(
    "complete keeps files of the step's worktree relative to it, and repeats so",
    Effect.gen(function* () {
      yield* hq.create("p", { 1: [], 2: [] })
      const { id } = yield* hq.take("a")
      yield* hq.start({ step_id: id, worktree: "/home/ann/wt-1/" })
      const done = { step_id: id, commit_hash: "c", files_modified: ["/home/ann/wt-1/src/a.ts", "b.ts", "/etc/hosts"] }
      assert.deepStrictEqual((yield* hq.complete(done)).files_modified, ["src/a.ts", "b.ts", "/etc/hosts"])
      yield* hq.complete(done).pipe(writesNothing)
      const other = yield* hq.takeAndStart("b")
      assert.deepStrictEqual(
        (yield* hq.complete({ ...done, step_id: other.id, agent_id: "b" })).files_modified,
        done.files_modified
      )
    })
  )

  test(
    "fail keeps the reason in the notes, of a claimed step as of one in progress",
    Effect.gen(function* () {
      yield* hq.create("p", { 1: [], 2: [] })
      for (const { id } of [yield* hq.take("a"), yield* hq.takeAndStart("a")]) {
        const step = yield* calls.fail(id)
        assert.deepInclude({ ...step } as object, { status: "failed", agent_id: "a", notes: "no disk" })
        assert.notProperty(step, "lease_expires_at")
      }
    })
  )

  test(
    "a call on a step that does not exist is NotFound",
    Effect.gen(function* () {
      for (const [name, call] of everyCall) {
        for (const by of [{}, { agent_id: "a", attempt: 1 }]) {
          const error = yield* call(77, by).pipe(Effect.flip, writesNothing)
          assert.strictEqual(error._tag, "NotFound", name)
        }
      }
    })
  )

  for (const [action, call] of everyCall) {
    const refused = StepStatus.literals.filter(
      (status) => !transitions[action].from.includes(status) && transitions[action].to !== status
    )
    for (const status of refused) {
      test(
        `${action} of its step is refused when that is ${status}`,
        Effect.gen(function* () {
          yield* hq.create("p", { 1: [] })
          const { id } = yield* hq.take("a")
          yield* rows(`UPDATE $steps SET status = '${status}'`)
          const error = yield* call(id).pipe(Effect.flip, writesNothing)
          assert.deepInclude({ ...error } as object, { _tag: "Conflict", step_id: id, status })
          assert.include(error.message, `Step id 1 is ${status}`)
          assert.match(error.message, /call /i)
        })
      )
    }
  }
})
