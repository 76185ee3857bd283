import { assert } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as TestClock from "effect/TestClock"
import { StepId } from "../../../src/domain/Ids.ts"
import { agent, plan, project, rows } from "../../support/coordination.ts"
import {
  analytics,
  claim,
  failNext,
  finish,
  projects,
  steps,
  suite,
  take,
  writingNothing
} from "../../support/suite.ts"

const one = { step_id: StepId.make(1) }

suite("merging a step", (test, table) => {
  test("notes the commit, and tells of it in the audit trail", () =>
    Effect.gen(function* () {
      yield* projects.create(plan("p", { 1: [], 2: [1] }))
      yield* finish("p", "a")
      yield* TestClock.setTime(Date.UTC(2026, 0, 18, 10, 30))
      const step = yield* steps.merge({ ...one, merge_commit: "m1", agent_id: agent("merger") })
      assert.deepInclude(
        { ...step },
        { status: "merged", merge_commit: "m1", last_commit: "def456", agent_id: agent("a") }
      )
      const { events } = yield* analytics.events({ limit: 1 })
      assert.deepInclude({ ...events[0] } as object, {
        agent_id: "merger",
        project_id: 1,
        step_id: 1,
        event_type: "merged",
        timestamp: "2026-01-18T10:30:00.000Z",
        metadata: { attempt: 1, merge_commit: "m1" }
      })
      yield* steps.get({ step_id: step.id })
    }))

  test("is the system's doing where nobody is named", () =>
    Effect.gen(function* () {
      yield* projects.create(plan("p", { 1: [] }))
      yield* finish("p", "a")
      yield* steps.merge({ ...one, merge_commit: "m1" })
      assert.strictEqual((yield* analytics.events({ limit: 1 })).events[0]?.agent_id, "system")
      assert.strictEqual((yield* projects.get({ name: project("p") })).project.status, "completed")
    }))

  test("by the same commit again succeeds and writes nothing; by another it is refused", () =>
    Effect.gen(function* () {
      yield* projects.create(plan("p", { 1: [] }))
      yield* finish("p", "a")
      const merged = yield* steps.merge({ ...one, merge_commit: "m1" })
      const again = yield* steps.merge({ ...one, merge_commit: "m1", agent_id: agent("b") }).pipe(writingNothing(table))
      assert.deepStrictEqual({ ...again }, { ...merged })
      const error = yield* steps.merge({ ...one, merge_commit: "m2" }).pipe(Effect.flip, writingNothing(table))
      assert.strictEqual(error._tag, "Conflict")
      assert.include(error.message, "merged already, by commit m1")
      yield* rows(`UPDATE ${table("steps")} SET merge_commit = NULL`)
      assert.include((yield* Effect.flip(steps.merge({ ...one, merge_commit: "m1" }))).message, "was not told")
    }))

  for (const [status, act, says] of [
    ["not_started", Effect.void, "call claim_step"],
    ["claimed", take("p", "a"), "call merge_step once it is completed"],
    ["failed", failNext("p", "a"), "Call recover_failed_step"]
  ] as const) {
    test(`that is ${status} is refused, with advice`, () =>
      Effect.gen(function* () {
        yield* projects.create(plan("p", { 1: [] }))
        yield* act
        const error = yield* steps.merge({ ...one, merge_commit: "m" }).pipe(Effect.flip, writingNothing(table))
        assert.strictEqual(error._tag, "Conflict")
        assert.include(error.message, `is ${status}`)
        assert.include(error.message, says)
      }))
  }

  test("that does not exist is NotFound", () =>
    Effect.gen(function* () {
      const error = yield* Effect.flip(steps.merge({ ...one, merge_commit: "m" }))
      assert.strictEqual(error._tag, "NotFound")
    }))
})

suite("unblock_on", (test, table) => {
  const next = Effect.suspend(() => Effect.map(claim("p", "b"), ({ step, reason }) => step?.step_num ?? reason))

  test("merged: dependents wait until the step is merged", () =>
    Effect.gen(function* () {
      const created = yield* projects.create({ ...plan("p", { 1: [], 2: [1] }), unblock_on: "merged" })
      assert.strictEqual(created.unblock_on, "merged")
      yield* finish("p", "a")
      assert.strictEqual(yield* next, "all_blocked")
      const error = yield* Effect.flip(steps.claim({ step_id: StepId.make(2), agent_id: agent("b") }))
      assert.strictEqual(error._tag, "DependencyUnmet")
      assert.include(error.message, "step 1 (id 1) is completed but not merged")
      assert.include(error.message, "merge_step")
      yield* steps.merge({ ...one, merge_commit: "m" })
      assert.strictEqual(yield* next, 2)
    }))

  test("can be changed at any time: what is completed frees its dependents at once, or no longer", () =>
    Effect.gen(function* () {
      yield* projects.create(plan("p", { 1: [], 2: [1], 3: [1] }))
      yield* finish("p", "a")
      const held = yield* take("p", "a")
      const change = (unblock_on: "completed" | "merged") => projects.update({ name: project("p"), unblock_on })
      yield* change("merged")
      assert.deepStrictEqual((yield* steps.available({})).steps, [])
      // What is held goes on.
      yield* steps.start({ step_id: held.id })
      yield* change("completed")
      assert.strictEqual(yield* next, 3)
    }))

  test("changes nothing for steps that were merged, or of other projects", () =>
    Effect.gen(function* () {
      for (const name of ["p", "q"]) {
        yield* projects.create(plan(name, { 1: [], 2: [1] }))
        yield* finish(name, "a")
      }
      yield* steps.merge({ ...one, merge_commit: "m" })
      yield* projects.update({ name: project("p"), unblock_on: "merged" })
      const unmet = yield* rows(`SELECT id FROM ${table("steps")} WHERE unmet_dependencies <> 0`)
      assert.deepStrictEqual(unmet, [])
    }))
})
