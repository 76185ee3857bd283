import { assert } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { fields, hq, pages } from "../../support/hq.ts"
import { rows } from "../../support/rows.ts"
import { anotherProcess, at, suite } from "../../support/storages.ts"

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
      yield* rows("UPDATE $steps SET scope = 'Ui' WHERE project_id = 1")
      for (const scope of ["UI", "uI ", "ui"]) {
        assert.deepStrictEqual(yield* listed({ scope }), [
          [1, 1],
          [1, 2],
          [2, 2]
        ])
      }
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

suite("steps that an agent holds", (test) => {
  test(
    "are seen from any process, page by page",
    Effect.gen(function* () {
      yield* hq.create("p", { 1: [], 2: [], 3: [], 4: [], 5: [] })
      yield* hq.claim("a", { step_num: 1 })
      yield* hq.claim("b", { step_num: 2 })
      for (const step_num of [3, 4, 5]) yield* hq.claim("a", { step_num })
      yield* hq.start({ step_id: 3, agent_id: "a" })
      yield* hq.fail({ step_id: 5, agent_id: "a", reason: "r" })
      const other = yield* anotherProcess
      const first = yield* Effect.provide(hq.heldBy({ agent_id: "a", limit: 2 }), other)
      const page = first.steps.map(fields)
      assert.lengthOf(page, 2)
      assert.deepInclude(page[0], { id: 1, status: "claimed", attempt: 1, lease_expires_at: at("15 minutes") })
      assert.deepInclude(page[0]?.session, { id: yield* hq.session, pid: process.pid })
      assert.deepInclude(page[1], { id: 3, status: "in_progress", attempt: 1, lease_expires_at: at("15 minutes") })
      const second = yield* hq.heldBy({ agent_id: "a", limit: 2, cursor: first.next_cursor ?? "" })
      assert.deepStrictEqual([second.steps.map(({ id }) => Number(id)), second.next_cursor], [[4], undefined])
      assert.deepStrictEqual(yield* hq.heldBy({ agent_id: "nobody" }), { steps: [] })
    })
  )
})
