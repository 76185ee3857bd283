import type { SqlError } from "@effect/sql/SqlError"
import * as Effect from "effect/Effect"
import type { NamedEvent } from "../../domain/answers/Overviews.ts"
import type { NotFound } from "../../domain/Errors.ts"
import type { NamedEventsRequest } from "../../services/Overview.ts"
import { lookup } from "../plan/lookup.ts"
import type { Parameter } from "../store/Query.ts"
import * as rows from "../store/rows.ts"
import { perStore } from "../store/Sql.ts"
import type { Transaction } from "../store/Store.ts"

type NamedRow = rows.EventRow & { readonly project: string | null; readonly step_num: number | null }

const named = (row: NamedRow): NamedEvent => {
  const { metadata } = rows.event(row)
  return {
    ...rows.present(row, ["id", "agent_id", "event_type", "timestamp", "project", "step_id", "step_num"]),
    ...(metadata === undefined ? {} : { metadata })
  } as NamedEvent
}

/** Reads the audit trail with the names of projects and the numbers of steps. */
export const namedEvents = perStore((sql) => {
  const find = lookup(sql)
  const list = (filters: ReadonlyArray<string>, order: "ASC" | "DESC") => `
    SELECT e.*, p.name AS project, s.step_num FROM ${sql.agent_events} e
    LEFT JOIN ${sql.projects} p ON p.id = e.project_id LEFT JOIN ${sql.steps} s ON s.id = e.step_id
    WHERE ${filters.join(" AND ")} ORDER BY e.id ${order} LIMIT ?`

  return (
    tx: Transaction,
    { after, agent_id, limit, project }: NamedEventsRequest
  ): Effect.Effect<ReadonlyArray<NamedEvent>, NotFound | SqlError> =>
    Effect.gen(function* () {
      const filters = ["e.id > ?"]
      const values: Array<Parameter> = [after ?? 0]
      if (agent_id !== undefined) {
        filters.push("e.agent_id = ?")
        values.push(agent_id)
      }
      if (project !== undefined) {
        filters.push("e.project_id = ?")
        values.push((yield* find.project(tx, project)).id)
      }
      const found = yield* tx.all<NamedRow>(list(filters, after === undefined ? "DESC" : "ASC"), [...values, limit])
      return (after === undefined ? found.toReversed() : found).map(named)
    })
})
