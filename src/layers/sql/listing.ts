import * as Effect from "effect/Effect"
import { NotFound } from "../../domain/Errors.ts"
import type { AgentWork, AvailableSteps } from "../../domain/Requests.ts"
import * as cursor from "./cursor.ts"
import type { Database, Parameter } from "./Database.ts"
import * as rows from "./rows.ts"
import { live, ready } from "./sqlText.ts"

type ReadyRow = rows.StepRow & { readonly priority: number }

/** Lists of steps over all projects, each led by a partial index. */
export const listing = (db: Database["Type"]) => {
  const t = db.tables
  // Project by project, by falling priority, each in the order of its steps. INDEXED BY: the planner may take another index and
  // sort every ready step for each page.
  const readySteps = (filter: string, projects: string, steps: string) => `
    SELECT s.*, p.priority FROM ${t.projects} p ${projects}
    CROSS JOIN ${t.steps} s INDEXED BY ${t.prefix}${steps} ON s.project_id = p.id
    WHERE p.status = 'active' AND ${ready("s")} ${filter}
      AND p.priority <= ? AND (p.priority < ? OR p.id >= ?)
      AND (p.priority < ? OR p.id > ? OR s.step_num > ?)
    ORDER BY p.priority DESC, p.id, s.step_num LIMIT ?`
  const held = `SELECT * FROM ${t.steps} WHERE ${live} AND agent_id = ? AND id > ? ORDER BY id LIMIT ?`

  return {
    available: (request: AvailableSteps) =>
      Effect.gen(function* () {
        const limit = request.limit ?? cursor.defaultLimit
        const first = [Number.MAX_SAFE_INTEGER, 0, 0] as readonly [number, number, number]
        const [priority, project, num] = yield* cursor.decode("available", request.cursor, first)
        const found = yield* db.read((tx) =>
          Effect.gen(function* () {
            let filter = ""
            const values: Array<Parameter> = []
            if (request.project !== undefined) {
              const row = yield* tx.first<{ id: number }>(`SELECT id FROM ${t.projects} WHERE name = ?`, [
                request.project
              ])
              if (row === undefined) return yield* new NotFound({ entity: "project", key: request.project })
              filter += " AND p.id = ?"
              values.push(row.id)
            }
            if (request.scope !== undefined) {
              filter += " AND s.scope = ?"
              values.push(request.scope)
            }
            const after = [priority, priority, project, priority, project, num]
            const projects = request.project === undefined ? `INDEXED BY ${t.prefix}projects_active` : "NOT INDEXED"
            const steps = request.scope === undefined ? "steps_ready" : "steps_ready_scope"
            return yield* tx.all<ReadyRow>(readySteps(filter, projects, steps), [...values, ...after, limit + 1])
          })
        )
        const page = cursor.page("available", found, limit, (row) => [row.priority, row.project_id, row.step_num])
        return { steps: page.rows.map(rows.step), ...page.next }
      }),

    heldBy: (request: AgentWork) =>
      Effect.gen(function* () {
        const limit = request.limit ?? cursor.defaultLimit
        const [after] = yield* cursor.decode("held", request.cursor, [0] as readonly [number])
        const found = yield* db.read((tx) => tx.all<rows.StepRow>(held, [request.agent_id, after, limit + 1]))
        const page = cursor.page("held", found, limit, (row) => [row.id])
        return { steps: page.rows.map(rows.step), ...page.next }
      })
  }
}
