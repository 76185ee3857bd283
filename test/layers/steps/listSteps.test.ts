import { assert } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { StepId } from "../../../src/domain/Ids.ts"
import { plan, project, rows } from "../../support/coordination.ts"
import { pages, projects, steps, suite } from "../../support/suite.ts"

suite("available steps", (test, table) => {
  const listed = (request: Parameters<typeof steps.available>[0]) =>
    Effect.map(steps.available(request), (page) => page.steps.map(({ project_id, step_num }) => [project_id, step_num]))

  test("go by falling project priority, then project, then number, page by page", () =>
    Effect.gen(function* () {
      for (const name of ["p", "q", "r"]) yield* projects.create(plan(name, { 3: [], 1: [], 2: [1] }))
      yield* rows(`UPDATE ${table("projects")} SET priority = 1 WHERE name = 'q'`)
      yield* rows(`UPDATE ${table("projects")} SET priority = -1 WHERE name = 'p'`)
      for (const limit of [1, 2, 3, 4, 6, 7]) {
        const found = yield* pages(limit, steps.available)
        assert.strictEqual(found.length, Math.ceil(6 / limit))
        assert.deepStrictEqual(
          found.flatMap((page) => page.steps.map(({ project_id, step_num }) => [project_id, step_num])),
          [
            [2, 1],
            [2, 3],
            [3, 1],
            [3, 3],
            [1, 1],
            [1, 3]
          ]
        )
      }
    }))

  test("can be of one project, one scope, or both", () =>
    Effect.gen(function* () {
      for (const name of ["p", "q"]) yield* projects.create(plan(name, { 1: [], 2: [] }))
      yield* rows(`UPDATE ${table("steps")} SET scope = 'ui' WHERE step_num = 2`)
      assert.deepStrictEqual(yield* listed({ project: project("q") }), [
        [2, 1],
        [2, 2]
      ])
      assert.deepStrictEqual(yield* listed({ scope: "ui" }), [
        [1, 2],
        [2, 2]
      ])
      assert.deepStrictEqual(yield* listed({ project: project("q"), scope: "ui" }), [[2, 2]])
      assert.deepStrictEqual(yield* listed({ scope: "db" }), [])
    }))

  test("are those of active projects", () =>
    Effect.gen(function* () {
      yield* projects.create(plan("p", { 1: [] }))
      yield* rows(`UPDATE ${table("projects")} SET status = 'aborted'`)
      assert.deepStrictEqual(yield* listed({}), [])
    }))

  test("of an unknown project are NotFound", () =>
    Effect.gen(function* () {
      const error = yield* Effect.flip(steps.available({ project: project("nowhere") }))
      assert.strictEqual(error._tag, "NotFound")
    }))
})

suite("getting a step", (test, table) => {
  test("is NotFound where there is none of that id", () =>
    Effect.gen(function* () {
      for (const id of [1, 2 ** 31, 2 ** 53 - 1]) {
        const error = yield* Effect.flip(steps.get({ step_id: StepId.make(id) }))
        assert.deepInclude({ ...error }, { _tag: "NotFound", entity: "step", key: id })
      }
    }))

  test("gives the numbers of those it depends on, in order", () =>
    Effect.gen(function* () {
      yield* projects.create(plan("p", { 9: [], 4: [9], 1: [9, 4] }))
      const {
        steps: [first]
      } = yield* projects.get({ name: project("p") })
      assert.deepStrictEqual((yield* steps.get({ step_id: first?.id as StepId })).depends_on, [4, 9])
    }))

  test("shows no files where a person broke their list", () =>
    Effect.gen(function* () {
      yield* projects.create(plan("p", { 1: [] }))
      yield* rows(`UPDATE ${table("steps")} SET files_modified = '["a.ts'`)
      assert.deepStrictEqual((yield* steps.get({ step_id: StepId.make(1) })).files_modified, [])
    }))
})
