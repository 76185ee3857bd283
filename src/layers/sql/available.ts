import * as Effect from "effect/Effect"
import { NotFound } from "../../domain/Errors.ts"
import type { AvailableSteps } from "../../domain/Requests.ts"
import * as cursor from "./cursor.ts"
import type { Database, Parameter } from "./Database.ts"
import * as rows from "./rows.ts"
import { ready } from "./sqlText.ts"

type Row = rows.StepRow & { readonly priority: number }

/** Priority of the project (falling), its id, and the number of the step: the order in which ready steps are listed. */
const first: readonly [number, number, number] = [Number.MAX_SAFE_INTEGER, 0, 0]

/** Ready steps of active projects, found by the partial indexes: project by project, each in the order of its steps. */
export const available = (db: Database["Type"]) => {
  const t = db.tables
  // INDEXED BY: the planner may take another index and sort every ready step for each page.
  const list = (filter: string, projects: string, steps: string) => `
    SELECT s.*, p.priority FROM ${t.projects} p ${projects}
    CROSS JOIN ${t.steps} s INDEXED BY ${t.prefix}${steps} ON s.project_id = p.id
    WHERE p.status = 'active' AND ${ready("s")} ${filter}
      AND p.priority <= ? AND (p.priority < ? OR p.id >= ?)
      AND (p.priority < ? OR p.id > ? OR s.step_num > ?)
    ORDER BY p.priority DESC, p.id, s.step_num LIMIT ?`

  return (request: AvailableSteps) =>
    Effect.gen(function* () {
      const limit = request.limit ?? cursor.defaultLimit
      const [priority, project, num] = yield* cursor.decode("available", request.cursor, first)
      const found = yield* db.read((tx) =>
        Effect.gen(function* () {
          const filters: Array<string> = []
          const values: Array<Parameter> = []
          if (request.project !== undefined) {
            const row = yield* tx.first<{ id: number }>(`SELECT id FROM ${t.projects} WHERE name = ?`, [
              request.project
            ])
            if (row === undefined) return yield* new NotFound({ entity: "project", key: request.project })
            filters.push("AND p.id = ?")
            values.push(row.id)
          }
          if (request.scope !== undefined) {
            filters.push("AND s.scope = ?")
            values.push(request.scope)
          }
          const after = [priority, priority, project, priority, project, num]
          return yield* tx.all<Row>(
            list(
              filters.join(" "),
              request.project === undefined ? `INDEXED BY ${t.prefix}projects_active` : "NOT INDEXED",
              request.scope === undefined ? "steps_ready" : "steps_ready_scope"
            ),
            [...values, ...after, limit + 1]
          )
        })
      )
      const page = cursor.page("available", found, limit, (row) => [row.priority, row.project_id, row.step_num])
      return { steps: page.rows.map(rows.step), ...page.next }
    })
}
