import { assert } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as TestClock from "effect/TestClock"
import { hq, plan } from "../../support/hq.ts"
import { rows, writesNothing } from "../../support/rows.ts"
import { suite } from "../../support/storages.ts"

const one = { step_id: 1 }

suite("merging a step", (test) => {
  test(
    "notes the commit, and tells of it in the audit trail",
    Effect.gen(function* () {
      yield* hq.create("p", { 1: [], 2: [1] })
      yield* hq.finish("a")
      yield* TestClock.setTime(Date.UTC(2026, 0, 18, 10, 30))
      const step = yield* hq.merge({ ...one, merge_commit: "m1", agent_id: "merger" })
      assert.deepInclude({ ...step }, { status: "merged", merge_commit: "m1", last_commit: "def456", agent_id: "a" })
      const { events } = yield* hq.events({ limit: 1 })
      assert.deepInclude({ ...events[0] } as object, {
        agent_id: "merger",
        project_id: 1,
        step_id: 1,
        event_type: "merged",
        timestamp: "2026-01-18T10:30:00.000Z",
        metadata: { attempt: 1, merge_commit: "m1" }
      })
      yield* hq.get(step.id)
    })
  )

  test(
    "is done by the only agent of the session where nobody is named, or by nobody knows whom",
    Effect.gen(function* () {
      yield* hq.create("p", { 1: [], 2: [] })
      yield* hq.finish("a")
      yield* hq.finish("a")
      yield* hq.merge({ ...one, merge_commit: "m1" })
      assert.strictEqual((yield* hq.events({ limit: 1 })).events[0]?.agent_id, "a")
      yield* hq.create("q", { 1: [] })
      yield* hq.claim("b", { project: "q" })
      yield* hq.merge({ step_id: 2, merge_commit: "m2" })
      assert.strictEqual((yield* hq.events({ limit: 1 })).events[0]?.agent_id, "unknown")
      assert.strictEqual((yield* hq.getProject({ name: "p" })).project.status, "completed")
    })
  )

  test(
    "by the same commit again succeeds and writes nothing; by another it is refused",
    Effect.gen(function* () {
      yield* hq.create("p", { 1: [] })
      yield* hq.finish("a")
      const merged = yield* hq.merge({ ...one, merge_commit: "m1" })
      const again = yield* hq.merge({ ...one, merge_commit: "m1", agent_id: "b" }).pipe(writesNothing)
      assert.deepStrictEqual({ ...again }, { ...merged })
      const error = yield* hq.merge({ ...one, merge_commit: "m2" }).pipe(Effect.flip, writesNothing)
      assert.strictEqual(error._tag, "Conflict")
      assert.include(error.message, "merged already, by commit m1")
      yield* rows("UPDATE $steps SET merge_commit = NULL")
      assert.include((yield* Effect.flip(hq.merge({ ...one, merge_commit: "m1" }))).message, "was not told")
    })
  )

  for (const [status, act, says] of [
    ["not_started", Effect.void, "call claim_step"],
    ["claimed", hq.take("a"), "call merge_step once it is completed"],
    ["failed", hq.failNext("a"), "Call recover_failed_step"]
  ] as const) {
    test(
      `that is ${status} is refused, with advice`,
      Effect.gen(function* () {
        yield* hq.create("p", { 1: [] })
        yield* act
        const error = yield* hq.merge({ ...one, merge_commit: "m" }).pipe(Effect.flip, writesNothing)
        assert.strictEqual(error._tag, "Conflict")
        assert.include(error.message, `is ${status}`)
        assert.include(error.message, says)
      })
    )
  }

  test(
    "that does not exist is NotFound",
    Effect.gen(function* () {
      const error = yield* Effect.flip(hq.merge({ ...one, merge_commit: "m" }))
      assert.strictEqual(error._tag, "NotFound")
    })
  )
})

suite("unblock_on", (test) => {
  const next = Effect.suspend(() =>
    Effect.map(hq.answer({ project: "p", agent_id: "b" }), ({ step, reason }) => step?.step_num ?? reason)
  )

  test(
    "merged: dependents wait until the step is merged",
    Effect.gen(function* () {
      const created = yield* hq.createProject({ ...plan("p", { 1: [], 2: [1] }), unblock_on: "merged" })
      assert.strictEqual(created.unblock_on, "merged")
      yield* hq.finish("a")
      assert.strictEqual(yield* next, "all_blocked")
      const error = yield* Effect.flip(hq.answer({ step_id: 2, agent_id: "b" }))
      assert.strictEqual(error._tag, "DependencyUnmet")
      assert.include(error.message, "step 1 (id 1) is completed but not merged")
      assert.include(error.message, "merge_step")
      yield* hq.merge({ ...one, merge_commit: "m" })
      assert.strictEqual(yield* next, 2)
    })
  )

  test(
    "can be changed at any time: what is completed frees its dependents at once, or no longer",
    Effect.gen(function* () {
      yield* hq.create("p", { 1: [], 2: [1], 3: [1] })
      yield* hq.finish("a")
      const held = yield* hq.take("a")
      const change = (unblock_on: "completed" | "merged") => hq.updateProject({ name: "p", unblock_on })
      yield* change("merged")
      assert.deepStrictEqual((yield* hq.available({})).steps, [])
      // What is held goes on.
      yield* hq.start({ step_id: held.id })
      yield* change("completed")
      assert.strictEqual(yield* next, 3)
    })
  )

  test(
    "changes nothing for steps that were merged, or of other projects",
    Effect.gen(function* () {
      for (const name of ["p", "q"]) {
        yield* hq.create(name, { 1: [], 2: [1] })
        yield* hq.finish("a", { project: name })
      }
      yield* hq.merge({ ...one, merge_commit: "m" })
      yield* hq.updateProject({ name: "p", unblock_on: "merged" })
      const unmet = yield* rows("SELECT id FROM $steps WHERE unmet_dependencies <> 0")
      assert.deepStrictEqual(unmet, [])
    })
  )
})
