import type { SqlError } from "@effect/sql/SqlError"
import * as Effect from "effect/Effect"
import type { Holding } from "../../domain/Claim.ts"
import type { AgentId } from "../../domain/Ids.ts"
import { live } from "../store/fragments.ts"
import * as rows from "../store/rows.ts"
import { perStore, type Sql } from "../store/Sql.ts"
import type { Transaction } from "../store/Store.ts"
import { type CallerSession, callerValues, isCallers } from "../store/sessions.ts"

/** Steps held already that a claim's answer names at most. */
export const maxHoldings = 3

const columns = ["step_id", "step_num", "project", "status", "attempt", "lease_expires_at"] as const

/**
 * SQL of what an agent holds through its session or through one that is gone, in order of ids. To be bound to
 * `callerValues`. @param agent SQL of its id
 */
const heldBy = (sql: Sql, agent: string, more = ""): string => `
  SELECT s.id AS step_id, s.step_num, p.name AS project, p.status AS project_status, s.scope, s.status, s.attempt, s.lease_expires_at
  FROM ${sql.steps} s ${sql.join} ${sql.projects} p ON p.id = s.project_id
  WHERE s.${live} AND s.agent_id = ${agent} ${more} AND ${isCallers(sql, "s.session_id")} ORDER BY s.id`

/** What an agent holds, as a claim's statement returns it beside the step: JSON, to be bound to `callerValues`. */
export const otherHoldings = (sql: Sql): string => {
  const fields = Object.fromEntries(columns.map((column) => [column, `mine.${column}`]))
  return `(SELECT ${sql.jsonArrayOf(sql.jsonObject(fields))} FROM (
    ${heldBy(sql, `${sql.steps}.agent_id`, `AND s.id <> ${sql.steps}.id`)} LIMIT ${maxHoldings}) mine)`
}

export interface HoldingRow extends Record<(typeof columns)[number], unknown> {
  readonly step_id: number
  readonly step_num: number
  readonly project: string
  readonly project_status: string
  readonly scope: string
}

export const holding = (row: object): Holding => rows.present(row, columns) as Holding

/** What an agent holds through its session, or through one that is gone. */
export const holdings = perStore((sql) => {
  const statement = `${heldBy(sql, "?")} LIMIT ?`
  return (
    tx: Transaction,
    agent: AgentId,
    session: CallerSession,
    limit: number
  ): Effect.Effect<ReadonlyArray<HoldingRow>, SqlError> =>
    Effect.flatMap(tx.now, (time) => tx.all<HoldingRow>(statement, [agent, ...callerValues(session, time), limit]))
})
