import type { SqlError } from "@effect/sql/SqlError"
import * as Effect from "effect/Effect"
import type { FailedBlocker } from "../../domain/answers/Explanations.ts"
import type { Project } from "../../domain/Entities.ts"
import { takeWithin } from "../../domain/ResponseBudget.ts"
import { blocking, hasDependents } from "../store/fragments.ts"
import * as rows from "../store/rows.ts"
import { perStore } from "../store/Sql.ts"
import type { Transaction } from "../store/Store.ts"

const maxFailed = 20
const maxNamed = 20

/** Dependents that are counted behind each failed step at most. */
const maxCounted = 100

/** Held and failed steps that are read at most, in search of the failed ones. */
const maxRead = 1000

/** Bytes of a tool's result: see `takeWithin`. */
const room = 5000

const failedColumns = ["step_id", "step_num", "agent_id"] as const

/** Finds which failed steps of a project block which others, the longest chains first. Costs nothing if no step has failed. */
export const failedBlockers = perStore((sql) => {
  const failed = `
    SELECT id AS step_id, step_num, agent_id FROM (SELECT id, step_num, agent_id, status, tail_minutes FROM ${sql.steps} ${sql.indexed("steps_blocking")}
      WHERE project_id = ? AND ${blocking} ORDER BY tail_minutes DESC LIMIT ${maxRead}) s
    WHERE status = 'failed' AND ${hasDependents(sql, "s.id")}
    ORDER BY tail_minutes DESC LIMIT ${maxFailed}`
  // An engine might otherwise build an index by status for each row.
  const waitingFor = (id: string) => {
    const dependents = `SELECT step_id FROM ${sql.dependencies} WHERE depends_on_step_id = ${id} LIMIT ${maxCounted + 1}`
    return `${sql.steps} s ON ${sql.unindexed("s.status")} = 'not_started' AND ${sql.isAmong("s.id", dependents)}`
  }
  const behind = sql.recursive({
    name: "behind",
    columns: "id, step_num",
    first: `SELECT s.id, s.step_num FROM ${sql.items("?", "failed", "integer")} ${sql.join} ${waitingFor("failed.value")}`,
    next: `SELECT s.id, s.step_num FROM behind ${sql.join} ${waitingFor("behind.id")}`,
    limit: maxCounted + 1
  })
  const numbersBehind = `${behind.clause} SELECT step_num FROM ${behind.rows}`

  return (tx: Transaction, { id, step_counts }: Project): Effect.Effect<ReadonlyArray<FailedBlocker>, SqlError> =>
    Effect.gen(function* () {
      if ((step_counts.failed ?? 0) === 0) return []
      const found = yield* tx.all<{ step_id: number; step_num: number; agent_id: string | null }>(failed, [id])
      const blockers = yield* Effect.forEach(found, (row) =>
        Effect.map(tx.all<{ step_num: number }>(numbersBehind, [JSON.stringify([row.step_id])]), (waiting) => {
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
})
