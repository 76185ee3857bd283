import { assert } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { StepId } from "../../../src/domain/Ids.ts"
import { agent, plan, project, rows } from "../../support/coordination.ts"
import {
  analytics,
  claim,
  failNext,
  finish,
  projects,
  recovery,
  steps,
  suite,
  take,
  takeAndStart,
  writingNothing
} from "../../support/suite.ts"

const p = { name: project("p") }

suite("updating a project", (test, table) => {
  test("changes what is named, and nothing else", () =>
    Effect.gen(function* () {
      const before = yield* projects.create(plan("p", { 1: [] }))
      const after = yield* projects.update({ ...p, priority: 7 })
      assert.deepStrictEqual({ ...after }, { ...before, priority: 7 })
      assert.deepStrictEqual({ ...(yield* projects.update(p).pipe(writingNothing(table))) }, { ...after })
      const renamed = yield* projects.update({ ...p, new_name: project("q"), unblock_on: "merged" })
      assert.deepStrictEqual({ ...renamed }, { ...after, name: project("q"), unblock_on: "merged" })
      assert.strictEqual((yield* take("q", "a")).project_id, 1)
    }))

  test("is refused where there is none of that name, or the new one is taken", () =>
    Effect.gen(function* () {
      for (const name of ["p", "q"]) yield* projects.create(plan(name, { 1: [] }))
      const missing = yield* projects
        .update({ name: project("r"), priority: 1 })
        .pipe(Effect.flip, writingNothing(table))
      assert.strictEqual(missing._tag, "NotFound")
      const taken = yield* projects
        .update({ ...p, new_name: project("q"), priority: 1 })
        .pipe(Effect.flip, writingNothing(table))
      assert.strictEqual(taken._tag, "Conflict")
      assert.include(taken.message, '"q" exists already')
      assert.strictEqual((yield* projects.update({ ...p, new_name: project("p") })).name, "p")
    }))

  test("paused: no new claims, but what is held goes on; active again: it goes on where it was", () =>
    Effect.gen(function* () {
      yield* projects.create(plan("p", { 1: [], 2: [], 3: [1] }))
      const held = yield* takeAndStart("p", "a")
      assert.strictEqual((yield* projects.update({ ...p, status: "paused" })).status, "paused")
      assert.deepStrictEqual(yield* claim("p", "b"), { step: null, reason: "project_paused" })
      assert.deepStrictEqual((yield* steps.available({ project: project("p") })).steps, [])
      const error = yield* Effect.flip(
        steps.claim({ project: project("p"), step_id: StepId.make(2), agent_id: agent("b") })
      )
      assert.include(error.message, "is paused")
      yield* steps.complete({ step_id: held.id, commit_hash: "c" })
      assert.strictEqual((yield* projects.list({ status: "paused" })).projects.length, 1)
      yield* projects.update({ ...p, status: "active" })
      assert.strictEqual((yield* take("p", "b")).step_num, 2)
    }))

  test("active becomes completed by itself where nothing is left to do", () =>
    Effect.gen(function* () {
      yield* projects.create(plan("p", { 1: [] }))
      const held = yield* takeAndStart("p", "a")
      yield* projects.update({ ...p, status: "paused" })
      yield* steps.complete({ step_id: held.id, commit_hash: "c" })
      assert.strictEqual((yield* projects.get(p)).project.status, "paused")
      assert.strictEqual((yield* projects.update({ ...p, status: "active" })).status, "completed")
      assert.strictEqual((yield* projects.update({ ...p, priority: 1 })).status, "completed")
    }))

  test("aborted can be taken back", () =>
    Effect.gen(function* () {
      yield* projects.create(plan("p", { 1: [] }))
      yield* projects.update({ ...p, status: "aborted" })
      assert.strictEqual((yield* claim("p", "a")).reason, "project_aborted")
      yield* projects.update({ ...p, status: "active" })
      yield* take("p", "a")
    }))
})

suite("deleting a project", (test, table) => {
  const tables = [
    "projects",
    "steps",
    "dependencies",
    "failed_steps_history",
    "claim_requests",
    "step_counts",
    "agent_counts"
  ]
  const left = Effect.suspend(() =>
    Effect.map(
      Effect.forEach(tables, (name) => rows<{ n: number }>(`SELECT count(*) AS n FROM ${table(name)}`)),
      (counts) => counts.map(([row]) => row?.n)
    )
  )

  /** A project with something in every table. */
  const worked = (name: string) =>
    Effect.gen(function* () {
      yield* projects.create(plan(name, { 1: [], 2: [1], 3: [1, 2] }))
      const { id } = yield* failNext(name, "a")
      yield* recovery.recoverFailed({ step_id: id })
      yield* finish(name, "a")
      yield* steps.claim({ project: project(name), agent_id: agent("a"), request_id: name })
    })

  for (const foreignKeys of ["ON", "OFF"]) {
    test(`takes all that is its own along, and says how much; foreign keys ${foreignKeys}`, () =>
      Effect.gen(function* () {
        yield* rows(`PRAGMA foreign_keys = ${foreignKeys}`)
        yield* worked("q")
        const before = yield* left
        const events = (yield* analytics.events({})).events.length
        yield* worked("p")
        const told = yield* projects.delete({ ...p, force: true })
        assert.deepStrictEqual<unknown>(told, { name: "p", steps: 3, dependencies: 3, failed_attempts: 1, claims: 1 })
        assert.deepStrictEqual(yield* left, before)
        const kept = (yield* analytics.events({})).events
        assert.strictEqual(kept.length, 2 * events)
        for (const event of kept.slice(0, events)) {
          assert.notProperty(event, "project_id")
          assert.notProperty(event, "step_id")
        }
        assert.strictEqual((yield* Effect.flip(projects.get(p)))._tag, "NotFound")
        assert.deepInclude(yield* analytics.metrics({ agent_id: agent("a") }), { steps_completed: 1 })
        yield* worked("p")
      }))
  }

  test("is refused while steps are held, naming them, unless it is forced", () =>
    Effect.gen(function* () {
      yield* projects.create(plan("p", { 1: [], 2: [], 3: [] }))
      yield* take("p", "a")
      const { id } = yield* takeAndStart("p", "b")
      const error = yield* projects.delete(p).pipe(Effect.flip, writingNothing(table))
      assert.strictEqual(error._tag, "Conflict")
      assert.include(error.message, "step 1 (id 1) by a, step 2 (id 2) by b")
      assert.include(error.message, "force: true")
      assert.strictEqual((yield* projects.delete({ ...p, force: true })).claims, 2)
      const late = yield* Effect.flip(steps.complete({ step_id: id, commit_hash: "c" }))
      assert.strictEqual(late._tag, "NotFound")
    }))

  test("is not refused where nothing is held", () =>
    Effect.gen(function* () {
      yield* projects.create(plan("p", { 1: [], 2: [1] }))
      yield* finish("p", "a")
      assert.strictEqual((yield* projects.delete(p)).claims, 0)
      assert.strictEqual((yield* Effect.flip(projects.delete(p)))._tag, "NotFound")
    }))

  test("names some of many claims", () =>
    Effect.gen(function* () {
      yield* projects.create(plan("p", Object.fromEntries(Array.from({ length: 25 }, (_, at) => [at + 1, []]))))
      for (let count = 0; count < 22; count++) yield* take("p", "a")
      const { message } = yield* Effect.flip(projects.delete(p))
      assert.include(message, "step 20 (id 20) by a, …")
    }))

  test("frees what waited for its steps, which only a person can have made", () =>
    Effect.gen(function* () {
      yield* projects.create({ ...plan("p", { 1: [] }), unblock_on: "merged" })
      yield* projects.create(plan("q", { 1: [] }))
      yield* rows(`INSERT INTO ${table("dependencies")} (step_id, depends_on_step_id) VALUES (2, 1)`)
      yield* finish("p", "a")
      assert.isNull((yield* claim("q", "a")).step)
      yield* projects.delete(p)
      yield* take("q", "a")
    }))
})
