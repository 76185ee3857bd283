import { assert } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import { ProjectExplanation } from "../../../src/domain/answers/Explanations.ts"
import { lineOf } from "../../support/answers.ts"
import { hq } from "../../support/hq.ts"
import { rows } from "../../support/rows.ts"
import { suite } from "../../support/storages.ts"

const range = (from: number, to: number) => Array.from({ length: to - from + 1 }, (_, index) => from + index)

suite("blocked_by_failed of get_project", (test) => {
  const failed = (limit = 1) => Effect.map(hq.getProject({ name: "p", limit }), (page) => page.blocked_by_failed)

  test(
    "is absent where no step has failed, or none that others wait for",
    Effect.gen(function* () {
      yield* hq.create("p", { 1: [], 2: [1], 3: [] })
      yield* hq.take("a")
      assert.isUndefined(yield* failed())
      yield* hq.failNext("a")
      assert.isUndefined(yield* failed())
    })
  )

  test(
    "names the failed steps and all that cannot begin because of them, the longest chains first, on every page",
    Effect.gen(function* () {
      yield* hq.create("p", { 1: [], 2: [1], 3: [], 4: [3], 5: [4], 6: [5, 2] })
      for (const by of ["a", "b"]) yield* hq.failNext(by)
      const expected = [
        { step_id: 3, step_num: 3, agent_id: "a", blocks: [4, 5, 6], blocks_count: 3 },
        { step_id: 1, step_num: 1, agent_id: "b", blocks: [2, 6], blocks_count: 2 }
      ]
      assert.deepStrictEqual<unknown>(yield* failed(), expected)
      const { next_cursor } = yield* hq.getProject({ name: "p", limit: 5 })
      const last = yield* hq.getProject({ name: "p", cursor: next_cursor as string })
      assert.deepStrictEqual<unknown>(last.blocked_by_failed, expected)
      const explained = yield* hq.explainProject("p")
      Schema.decodeUnknownSync(ProjectExplanation, { onExcessProperty: "error" })(explained)
      assert.deepStrictEqual<unknown>(explained.blocked_by_failed, expected)
    })
  )

  test(
    "leaves out dependents that went on all the same",
    Effect.gen(function* () {
      yield* hq.create("p", { 1: [], 2: [1], 3: [1] })
      yield* hq.failNext("a")
      yield* rows("UPDATE $steps SET status = 'completed' WHERE step_num = 2")
      assert.deepStrictEqual((yield* failed())?.[0]?.blocks, [3])
    })
  )

  test(
    "is bounded, and says what it left out",
    Effect.gen(function* () {
      const graph = range(1, 3000).map((num) => [num, num <= 50 ? [] : [num - 50, num - 49]] as const)
      yield* hq.create("p", Object.fromEntries(graph))
      for (let count = 0; count < 40; count++) yield* hq.failNext("a")
      const found = (yield* failed()) ?? []
      assert.isAtLeast(found.length, 8)
      assert.isAtMost(found.length, 20)
      assert.isBelow(lineOf(found).length, 5500)
      for (const { blocks, blocks_count, blocks_more } of found) {
        assert.lengthOf(blocks, 20)
        assert.strictEqual(blocks_count, 100)
        assert.isTrue(blocks_more)
      }
    })
  )
})
