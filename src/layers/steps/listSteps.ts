import * as Effect from "effect/Effect"
import type { AgentWork, AvailableSteps } from "../../domain/Requests.ts"
import { lookup } from "../plan/lookup.ts"
import { start } from "../store/claimOrder.ts"
import * as cursor from "../store/cursor.ts"
import { heldThrough, live } from "../store/fragments.ts"
import * as rows from "../store/rows.ts"
import type { Store } from "../store/Store.ts"

const first = [
  start.project_priority,
  start.priority,
  start.tail_minutes,
  start.project_id,
  start.step_num
] as readonly [number, number, number, number, number]

type ReadyRow = rows.StepRow & { readonly project_priority: number; readonly tail_minutes: number }

/** Lists of steps over all projects, each led by a partial index. */
export const listSteps = (store: Store["Type"]) => {
  const { sql } = store
  const find = lookup(sql)
  const held = `
    SELECT s.*, ${heldThrough(sql, "s")} AS session FROM ${sql.steps} s
    WHERE s.${live} AND s.agent_id = ? AND s.id > ? ORDER BY s.id LIMIT ?`

  return {
    available: ({ project, scope, ...request }: AvailableSteps) =>
      Effect.gen(function* () {
        const [project_priority, priority, tail_minutes, project_id, step_num] = yield* cursor.decode(
          "available",
          request.cursor,
          first
        )
        const after = { project_priority, priority, tail_minutes, project_id, step_num }
        const scopes = scope === undefined ? undefined : [scope]
        const { statement, values } = sql.readySteps({ project, scopes }, after, cursor.wanted(request), {
          columns: "s.*, ready.project_priority"
        })
        const found = yield* store.read((tx) =>
          Effect.gen(function* () {
            if (project !== undefined) yield* find.project(tx, project)
            return yield* tx.all<ReadyRow>(statement, values)
          })
        )
        const page = cursor.page("available", request, found, rows.step, (row) => [
          row.project_priority,
          row.priority,
          row.tail_minutes,
          row.project_id,
          row.step_num
        ])
        return { steps: page.entries, ...page.next }
      }),

    heldBy: (request: AgentWork) =>
      Effect.gen(function* () {
        const [after] = yield* cursor.decode("held", request.cursor, [0] as readonly [number])
        const found = yield* store.read((tx) =>
          tx.all<rows.StepRow>(held, [request.agent_id, after, cursor.wanted(request)])
        )
        const page = cursor.page("held", request, found, rows.step, (row) => [row.id])
        return { steps: page.entries, ...page.next }
      })
  }
}
