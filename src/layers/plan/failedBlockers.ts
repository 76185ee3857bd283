import type { SqlError } from "@effect/sql/SqlError"
import * as Effect from "effect/Effect"
import type { FailedBlocker } from "../../domain/answers/Explanations.ts"
import { takeWithin } from "../../domain/answers/ResponseBudget.ts"
import type { Project } from "../../domain/Entities.ts"
import { blocking, hasDependents } from "../store/fragments.ts"
import * as rows from "../store/rows.ts"
import type { Transaction } from "../store/Store.ts"
import type { Tables } from "../store/Tables.ts"

const maxFailed = 20
const maxNamed = 20

/** Steps that are counted behind each failed one. */
const maxCounted = 100

/** Held and failed steps that are looked at in search of those. */
const lookedAt = 1000

/** Bytes of a tool's result: see `takeWithin`. */
const room = 5000

const failedColumns = ["step_id", "step_num", "agent_id"] as const

/** Which failed steps of a project hold up which others, the longest chains first. Costs nothing where none has failed. */
export const blockedByFailed = (t: Tables) => {
  const failed = `
    SELECT id AS step_id, step_num, agent_id FROM (SELECT * FROM ${t.steps} INDEXED BY ${t.prefix}steps_blocking
      WHERE project_id = ? AND ${blocking} ORDER BY tail_minutes DESC LIMIT ${lookedAt}) s
    WHERE status = 'failed' AND ${hasDependents(t, "s.id")} LIMIT ${maxFailed}`
  // The plus keeps SQLite from making an index by status at each row.
  const waitingFor = (id: string) => `${t.steps} s ON +s.status = 'not_started' AND s.id IN (
    SELECT step_id FROM ${t.dependencies} WHERE depends_on_step_id = ${id} LIMIT ${maxCounted + 1})`
  const behind = `
    WITH RECURSIVE behind (id, step_num) AS (
      SELECT s.id, s.step_num FROM json_each(?) failed CROSS JOIN ${waitingFor("failed.value")}
      UNION
      SELECT s.id, s.step_num FROM behind CROSS JOIN ${waitingFor("behind.id")}
      LIMIT ${maxCounted + 1})
    SELECT step_num FROM behind`

  return (tx: Transaction, { id, step_counts }: Project): Effect.Effect<ReadonlyArray<FailedBlocker>, SqlError> =>
    Effect.gen(function* () {
      if ((step_counts.failed ?? 0) === 0) return []
      const found = yield* tx.all<{ step_id: number; step_num: number; agent_id: string | null }>(failed, [id])
      const blockers = yield* Effect.forEach(found, (row) =>
        Effect.map(tx.all<{ step_num: number }>(behind, [JSON.stringify([row.step_id])]), (waiting) => {
          const numbers = waiting.map(({ step_num }) => step_num).sort((a, b) => a - b)
          return {
            ...(rows.present(row, failedColumns) as Pick<FailedBlocker, (typeof failedColumns)[number]>),
            blocks: numbers.slice(0, maxNamed),
            blocks_count: Math.min(numbers.length, maxCounted),
            ...(numbers.length > maxCounted ? { blocks_more: true as const } : {})
          }
        })
      )
      return takeWithin(
        blockers.filter((blocker) => blocker.blocks_count > 0),
        room
      )
    })
}
