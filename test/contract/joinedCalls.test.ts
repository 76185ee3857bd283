import * as SqlClient from "@effect/sql/SqlClient"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { hq, refused } from "../support/hq.ts"
import { rows } from "../support/rows.ts"
import { shared } from "../support/watch.ts"

const numbers = (count: number) => Array.from({ length: count }, (_, index) => index + 1)

describe("calls from many fibers within one transaction of the host", () => {
  it.effect("do not take back each other's writes, and no step goes to two agents", () =>
    Effect.gen(function* () {
      const sql = yield* SqlClient.SqlClient
      yield* hq.create("p", Object.fromEntries(numbers(300).map((num) => [num, []])))
      const agent = (name: string) =>
        Effect.forEach(numbers(20), (at) =>
          Effect.gen(function* () {
            // Half of the calls are refused, and take back their savepoints.
            if (at % 2 === 0) yield* refused(hq.complete({ step_id: at, agent_id: "nobody", commit_hash: "c" }))
            else {
              const step = yield* hq.claim(`${name}-${at}`)
              return [`${step?.step_num} ${step?.agent_id}`]
            }
            return []
          })
        )
      const told = yield* sql
        .withTransaction(Effect.forEach(numbers(20), (at) => agent(`a${at}`), { concurrency: "unbounded" }))
        // Each yields in the middle of what it does.
        .pipe(Effect.withMaxOpsBeforeYield(30))
      const there = yield* rows<{ step_num: number; agent_id: string }>(
        "SELECT step_num, agent_id FROM steps WHERE agent_id IS NOT NULL"
      )
      const acknowledged = told.flat(2)
      assert.lengthOf(acknowledged, 200)
      assert.sameMembers(
        there.map((row) => `${row.step_num} ${row.agent_id}`),
        acknowledged
      )
    }).pipe(Effect.provide(shared()))
  )
})
