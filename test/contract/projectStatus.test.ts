import { assert } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { plan, project, rows } from "../support/coordination.ts"
import { claim, failNext, finish, projects, recovery, suite, take } from "../support/suite.ts"

suite("a project", (test, table) => {
  const status = () => Effect.map(projects.get({ name: project("p") }), (page) => page.project.status)
  const shell = (statement: string) => rows(statement.replace("$steps", table("steps")))

  test("completes by itself with its last step, completed or merged", () =>
    Effect.gen(function* () {
      yield* projects.create(plan("p", { 1: [], 2: [] }))
      yield* projects.create(plan("q", { 1: [] }))
      yield* finish("p", "a")
      yield* shell("UPDATE $steps SET status = 'merged' WHERE id = 1")
      assert.strictEqual(yield* status(), "active")
      yield* finish("p", "a")
      assert.strictEqual(yield* status(), "completed")
      yield* shell("UPDATE $steps SET status = 'merged'  WHERE project_id = 1")
      assert.strictEqual(yield* status(), "completed")
      assert.strictEqual((yield* projects.get({ name: project("q") })).project.status, "active")
    }))

  test("does not complete while a step has failed", () =>
    Effect.gen(function* () {
      yield* projects.create(plan("p", { 1: [], 2: [] }))
      const { id } = yield* failNext("p", "a")
      yield* finish("p", "a")
      assert.strictEqual(yield* status(), "active")
      yield* recovery.recoverFailed({ step_id: id })
      yield* finish("p", "a")
      assert.strictEqual(yield* status(), "completed")
    }))

  for (const [title, statement] of [
    ["a step is added", "INSERT INTO $steps (project_id, step_num, branch, scope) VALUES (1, 2, 'b', 's')"],
    ["a step is reopened", "UPDATE $steps SET status = 'not_started' WHERE id = 1"]
  ] as const) {
    test(`is active again when ${title}, and gives that step`, () =>
      Effect.gen(function* () {
        yield* projects.create(plan("p", { 1: [] }))
        yield* finish("p", "a")
        yield* shell(statement)
        assert.strictEqual(yield* status(), "active")
        yield* take("p", "a")
      }))
  }

  test("completes when its last open step is deleted", () =>
    Effect.gen(function* () {
      yield* projects.create(plan("p", { 1: [], 2: [] }))
      yield* finish("p", "a")
      yield* shell("DELETE FROM $steps WHERE id = 2")
      assert.strictEqual(yield* status(), "completed")
      assert.deepStrictEqual(yield* claim("p", "a"), { step: null, reason: "all_done" })
    }))

  test("that was aborted stays so, whatever becomes of its steps", () =>
    Effect.gen(function* () {
      yield* projects.create(plan("p", { 1: [], 2: [] }))
      yield* rows(`UPDATE ${table("projects")} SET status = 'aborted'`)
      yield* shell("UPDATE $steps SET status = 'completed'")
      assert.strictEqual(yield* status(), "aborted")
      yield* shell("UPDATE $steps SET status = 'not_started'")
      assert.strictEqual(yield* status(), "aborted")
    }))
})
