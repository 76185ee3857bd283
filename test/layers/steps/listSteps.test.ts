import { assert } from "@effect/vitest"
import * as Effect from "effect/Effect"
import type { StepId } from "../../../src/domain/Ids.ts"
import { hq, pages } from "../../support/hq.ts"
import { rows } from "../../support/rows.ts"
import { suite } from "../../support/storages.ts"

suite("available steps", (test) => {
  const listed = (request: Parameters<typeof hq.available>[0]) =>
    Effect.map(hq.available(request), (page) => page.steps.map(({ project_id, step_num }) => [project_id, step_num]))

  test(
    "go by falling project priority, then project, then number, page by page",
    Effect.gen(function* () {
      for (const name of ["p", "q", "r"]) yield* hq.create(name, { 3: [], 1: [], 2: [1] })
      yield* rows("UPDATE $projects SET priority = 1 WHERE name = 'q'")
      yield* rows("UPDATE $projects SET priority = -1 WHERE name = 'p'")
      for (const limit of [1, 2, 3, 4, 6, 7]) {
        const found = yield* pages(limit, hq.available)
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
    })
  )

  test(
    "can be of one project, one scope, or both",
    Effect.gen(function* () {
      for (const name of ["p", "q"]) yield* hq.create(name, { 1: [], 2: [] })
      yield* rows("UPDATE $steps SET scope = 'ui' WHERE step_num = 2")
      assert.deepStrictEqual(yield* listed({ project: "q" }), [
        [2, 1],
        [2, 2]
      ])
      assert.deepStrictEqual(yield* listed({ scope: "ui" }), [
        [1, 2],
        [2, 2]
      ])
      assert.deepStrictEqual(yield* listed({ project: "q", scope: "ui" }), [[2, 2]])
      assert.deepStrictEqual(yield* listed({ scope: "db" }), [])
    })
  )

  test(
    "are those of active projects",
    Effect.gen(function* () {
      yield* hq.create("p", { 1: [] })
      yield* rows("UPDATE $projects SET status = 'aborted'")
      assert.deepStrictEqual(yield* listed({}), [])
    })
  )

  test(
    "of an unknown project are NotFound",
    Effect.gen(function* () {
      const error = yield* Effect.flip(hq.available({ project: "nowhere" }))
      assert.strictEqual(error._tag, "NotFound")
    })
  )
})

suite("getting a step", (test) => {
  test(
    "is NotFound where there is none of that id",
    Effect.gen(function* () {
      for (const id of [1, 2 ** 31, 2 ** 53 - 1]) {
        const error = yield* Effect.flip(hq.get(id))
        assert.deepInclude({ ...error }, { _tag: "NotFound", entity: "step", key: id })
      }
    })
  )

  test(
    "gives the numbers of those it depends on, in order",
    Effect.gen(function* () {
      yield* hq.create("p", { 9: [], 4: [9], 1: [9, 4] })
      const {
        steps: [first]
      } = yield* hq.getProject({ name: "p" })
      assert.deepStrictEqual((yield* hq.get(first?.id as StepId)).depends_on, [4, 9])
    })
  )

  test(
    "shows no files where a person broke their list",
    Effect.gen(function* () {
      yield* hq.create("p", { 1: [] })
      yield* rows(`UPDATE $steps SET files_modified = '["a.ts'`)
      assert.deepStrictEqual((yield* hq.get(1)).files_modified, [])
    })
  )
})
