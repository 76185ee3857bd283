import { assert } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as TestClock from "effect/TestClock"
import { hq, plan } from "../../support/hq.ts"
import { rows } from "../../support/rows.ts"
import { suite } from "../../support/storages.ts"

/** The agent works on the project's next step for that many minutes, and completes it. */
const work = (name: string, by: string, minutes: number) =>
  Effect.gen(function* () {
    const { id } = yield* hq.takeAndStart(by, { project: name })
    yield* TestClock.adjust(`${minutes} minutes`)
    yield* hq.complete({ step_id: id, commit_hash: "c", agent_id: by })
  })

suite("metrics", (test) => {
  test(
    "of a project are those of its steps",
    Effect.gen(function* () {
      yield* hq.create("p", { 1: [], 2: [], 3: [], 4: [], 5: [], 6: [] })
      yield* rows("UPDATE $steps SET scope = 'ui' WHERE step_num > 4")
      yield* hq.create("other", { 1: [] })
      yield* work("other", "a", 600)
      yield* work("p", "a", 90)
      yield* work("p", "b", 30)
      yield* hq.failNext("a")
      yield* hq.take("a")
      yield* hq.takeAndStart("a")
      assert.deepStrictEqual(yield* hq.metrics({ project: "p" }), {
        total_steps: 6,
        completed: 2,
        failed: 1,
        in_progress: 2,
        not_started: 1,
        avg_time_hours: 1,
        scopes: { api: 4, ui: 2 }
      })
    })
  )

  test(
    "of a project before anything was done have no mean time",
    Effect.gen(function* () {
      yield* hq.create("p", { 1: [] })
      assert.deepStrictEqual(yield* hq.metrics({ project: "p" }), {
        total_steps: 1,
        completed: 0,
        failed: 0,
        in_progress: 0,
        not_started: 1,
        avg_time_hours: null,
        scopes: { api: 1 }
      })
    })
  )

  test(
    "of an agent are those of the steps that it completed, in one project or all",
    Effect.gen(function* () {
      for (const name of ["p", "q"]) yield* hq.create(name, { 1: [], 2: [], 3: [], 4: [] })
      yield* rows("UPDATE $steps SET scope = 'ui' WHERE step_num = 2")
      yield* work("p", "a", 60)
      yield* work("p", "a", 120)
      yield* work("q", "a", 15)
      yield* work("p", "b", 6_000)
      yield* hq.failNext("a", { project: "q" })
      yield* hq.take("a")
      const metrics = (request: { readonly project?: string }) =>
        hq.metrics({ agent_id: "a", ...(request.project && { project: request.project }) })
      assert.deepStrictEqual(yield* metrics({ project: "p" }), {
        steps_completed: 2,
        avg_time_hours: 1.5,
        scopes: { api: 1, ui: 1 }
      })
      assert.deepStrictEqual(yield* metrics({ project: "q" }), {
        steps_completed: 1,
        avg_time_hours: 0.25,
        scopes: { api: 1 }
      })
      assert.deepStrictEqual(yield* metrics({}), {
        steps_completed: 3,
        avg_time_hours: 65 / 60,
        scopes: { api: 2, ui: 1 }
      })
    })
  )

  test(
    "of an unknown agent are empty, of an unknown project NotFound",
    Effect.gen(function* () {
      const nobody = { steps_completed: 0, avg_time_hours: null, scopes: {} }
      assert.deepStrictEqual(yield* hq.metrics({ agent_id: "nobody" }), nobody)
      for (const more of [{}, { agent_id: "a" }]) {
        const error = yield* Effect.flip(hq.metrics({ project: "nowhere", ...more }))
        assert.deepInclude({ ...error }, { _tag: "NotFound", entity: "project", key: "nowhere" })
      }
    })
  )

  test(
    "of everything have both levels",
    Effect.gen(function* () {
      const nothing = { total_steps: 0, completed: 0, failed: 0, in_progress: 0, not_started: 0 }
      assert.deepStrictEqual(yield* hq.metrics({}), {
        ...nothing,
        avg_time_hours: null,
        scopes: {},
        steps_completed: 0
      })
      for (const name of ["p", "q"]) yield* hq.create(name, { 1: [], 2: [] })
      yield* work("p", "a", 60)
      yield* work("q", "b", 180)
      yield* hq.take("b", { project: "q" })
      assert.deepStrictEqual(yield* hq.metrics({}), {
        ...nothing,
        total_steps: 4,
        completed: 2,
        in_progress: 1,
        not_started: 1,
        avg_time_hours: 2,
        scopes: { api: 4 },
        steps_completed: 2
      })
    })
  )

  test(
    "count merged steps as completed",
    Effect.gen(function* () {
      yield* hq.create("p", { 1: [] })
      yield* work("p", "a", 60)
      yield* rows("UPDATE $steps SET status = 'merged'")
      assert.deepInclude(yield* hq.metrics({}), { completed: 1, steps_completed: 1, avg_time_hours: 1 })
    })
  )

  test(
    "time only the attempt that completed the step",
    Effect.gen(function* () {
      yield* hq.create("p", { 1: [] })
      const { id } = yield* hq.takeAndStart("a")
      yield* TestClock.adjust("10 hours")
      yield* hq.recover({ step_id: id })
      yield* work("p", "b", 30)
      assert.deepInclude(yield* hq.metrics({ project: "p" }), { avg_time_hours: 0.5 })
      assert.deepInclude(yield* hq.metrics({ agent_id: "a" }), { steps_completed: 0 })
    })
  )

  test(
    "are never below 0, though the clock was set back",
    Effect.gen(function* () {
      yield* TestClock.setTime(Date.UTC(2026, 0, 18))
      yield* hq.create("p", { 1: [] })
      const { id } = yield* hq.takeAndStart("a")
      yield* TestClock.setTime(Date.UTC(2026, 0, 17))
      yield* hq.complete({ step_id: id, commit_hash: "c" })
      assert.deepInclude(yield* hq.metrics({}), { completed: 1, avg_time_hours: 0 })
    })
  )

  test(
    "keep odd scopes apart",
    Effect.gen(function* () {
      const scopes = ["__proto__", "constructor", "ä 🙂"]
      yield* hq.createProject({
        ...plan("p", {}),
        steps: scopes.map((scope, index) => ({ step_num: index + 1, branch: "b", scope }))
      })
      const metrics = yield* hq.metrics({ project: "p" })
      assert.sameDeepMembers(
        Object.entries(metrics.scopes),
        scopes.map((scope) => [scope, 1])
      )
    })
  )
})
