import { assert } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { hq } from "../support/hq.ts"
import { rows } from "../support/rows.ts"
import { suite } from "../support/storages.ts"

suite("a project", (test) => {
  const status = () => Effect.map(hq.getProject({ name: "p" }), (page) => page.project.status)
  const shell = (statement: string) => rows(statement.replace("$steps", "$steps"))

  test(
    "completes by itself with its last step, completed or merged",
    Effect.gen(function* () {
      yield* hq.create("p", { 1: [], 2: [] })
      yield* hq.create("q", { 1: [] })
      yield* hq.finish("a")
      yield* shell("UPDATE $steps SET status = 'merged' WHERE id = 1")
      assert.strictEqual(yield* status(), "active")
      yield* hq.finish("a")
      assert.strictEqual(yield* status(), "completed")
      yield* shell("UPDATE $steps SET status = 'merged'  WHERE project_id = 1")
      assert.strictEqual(yield* status(), "completed")
      assert.strictEqual((yield* hq.getProject({ name: "q" })).project.status, "active")
    })
  )

  test(
    "does not complete while a step has failed",
    Effect.gen(function* () {
      yield* hq.create("p", { 1: [], 2: [] })
      const { id } = yield* hq.failNext("a")
      yield* hq.finish("a")
      assert.strictEqual(yield* status(), "active")
      yield* hq.recoverFailed(id)
      yield* hq.finish("a")
      assert.strictEqual(yield* status(), "completed")
    })
  )

  for (const [title, statement] of [
    ["a step is added", "INSERT INTO $steps (project_id, step_num, branch, scope) VALUES (1, 2, 'b', 's')"],
    ["a step is reopened", "UPDATE $steps SET status = 'not_started' WHERE id = 1"]
  ] as const) {
    test(
      `is active again when ${title}, and gives that step`,
      Effect.gen(function* () {
        yield* hq.create("p", { 1: [] })
        yield* hq.finish("a")
        yield* shell(statement)
        assert.strictEqual(yield* status(), "active")
        yield* hq.take("a")
      })
    )
  }

  test(
    "completes when its last open step is deleted",
    Effect.gen(function* () {
      yield* hq.create("p", { 1: [], 2: [] })
      yield* hq.finish("a")
      yield* shell("DELETE FROM $steps WHERE id = 2")
      assert.strictEqual(yield* status(), "completed")
      assert.deepStrictEqual(yield* hq.answer({ project: "p", agent_id: "a" }), { step: null, reason: "all_done" })
    })
  )

  test(
    "that was aborted stays so, whatever becomes of its steps",
    Effect.gen(function* () {
      yield* hq.create("p", { 1: [], 2: [] })
      yield* rows("UPDATE $projects SET status = 'aborted'")
      yield* shell("UPDATE $steps SET status = 'completed'")
      assert.strictEqual(yield* status(), "aborted")
      yield* shell("UPDATE $steps SET status = 'not_started'")
      assert.strictEqual(yield* status(), "aborted")
    })
  )
})
