import { assert } from "@effect/vitest"
import * as Effect from "effect/Effect"
import type { StepId } from "../../../src/domain/Ids.ts"
import { hq } from "../../support/hq.ts"
import { rows } from "../../support/rows.ts"
import { suite } from "../../support/storages.ts"

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
