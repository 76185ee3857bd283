import { livenessOf } from "../../domain/answers/Liveness.ts"
import type { StepAtWork } from "../../domain/answers/Overviews.ts"
import { heldThrough } from "../store/fragments.ts"
import * as rows from "../store/rows.ts"
import type { Sql } from "../store/Sql.ts"

/* Held steps, as overviews show them. */

const columns = [
  "step_id",
  "step_num",
  "title",
  "project",
  "scope",
  "status",
  "attempt",
  "agent_id",
  "claimed_at",
  "last_heartbeat",
  "lease_expires_at"
] as const

export interface AtWorkRow extends Record<(typeof columns)[number], unknown> {
  readonly step_id: number
  readonly claimed_at: string | null
  readonly last_heartbeat: string | null
  readonly session: string | null
}

/** Columns of `AtWorkRow`, but for the project's name. */
export const atWorkColumns = (sql: Sql, step: string): string =>
  `${step}.id AS step_id, ${columns
    .filter((column) => column !== "step_id" && column !== "project")
    .map((column) => `${step}.${column}`)
    .join(", ")}, ${heldThrough(sql, step)} AS session`

/** @param now ISO-8601 @param goneBefore ISO-8601; a client renews three times in that time */
export const stepAtWork = (row: AtWorkRow, now: string, goneBefore: string): StepAtWork => {
  const session = rows.session(row.session)
  const step = { ...rows.present(row, columns), ...(session === undefined ? {} : { session }) } as Omit<
    StepAtWork,
    "liveness"
  >
  return { ...step, liveness: livenessOf(step, now, goneBefore) }
}
