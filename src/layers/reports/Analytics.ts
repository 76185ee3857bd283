import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import type { AgentMetrics, ProjectMetrics } from "../../domain/Entities.ts"
import { Analytics } from "../../services/Analytics.ts"
import { deleted } from "../plan/deletion.ts"
import { lookup } from "../plan/lookup.ts"
import * as cursor from "../store/cursor.ts"
import type { Parameter } from "../store/Query.ts"
import * as rows from "../store/rows.ts"
import { Store } from "../store/Store.ts"
import { withSpan } from "../store/withSpan.ts"
import { explainProject } from "./explainProject.ts"
import { explainStep } from "./explainStep.ts"

/** Running totals of one status and scope, or of one agent's scope. */
interface Total {
  readonly scope: string
  readonly steps: number
  readonly timed_steps: number
  readonly work_ms: number
}

interface StatusTotal extends Total {
  readonly status: string
}

const msPerHour = 3_600_000

const avgTimeHours = (totals: ReadonlyArray<Total>): number | null => {
  const timed = totals.reduce((sum, total) => sum + total.timed_steps, 0)
  const worked = totals.reduce((sum, total) => sum + total.work_ms, 0)
  // A clock that was set back between start and completion must not make a mean below zero.
  return timed === 0 ? null : Math.max(0, worked / timed / msPerHour)
}

const byScope = (totals: ReadonlyArray<Total>): Record<string, number> => {
  const scopes = new Map<string, number>()
  for (const { scope, steps } of totals) if (steps > 0) scopes.set(scope, (scopes.get(scope) ?? 0) + steps)
  return Object.fromEntries(scopes)
}

const ofProject = (all: ReadonlyArray<StatusTotal>): ProjectMetrics => {
  const totals = all.filter(({ status }) => status !== "cancelled")
  const count: Record<string, number> = {}
  for (const { status, steps } of totals) count[status] = (count[status] ?? 0) + steps
  return {
    total_steps: totals.reduce((sum, { steps }) => sum + steps, 0),
    completed: (count.completed ?? 0) + (count.merged ?? 0),
    failed: count.failed ?? 0,
    in_progress: (count.claimed ?? 0) + (count.in_progress ?? 0),
    not_started: count.not_started ?? 0,
    avg_time_hours: avgTimeHours(totals),
    scopes: byScope(totals)
  }
}

const ofAgent = (totals: ReadonlyArray<Total>): AgentMetrics => ({
  steps_completed: totals.reduce((sum, { steps }) => sum + steps, 0),
  avg_time_hours: avgTimeHours(totals),
  scopes: byScope(totals)
})

/** Metrics and events in hq's tables. Metrics read running totals, never the steps themselves. */
export const layer: Layer.Layer<Analytics, never, Store> = Layer.effect(
  Analytics,
  Effect.gen(function* () {
    const store = yield* Store
    const { sql } = store
    const sums = "sum(steps) AS steps, sum(timed_steps) AS timed_steps, sum(work_ms) AS work_ms"
    const ofProjects = (filter: string) =>
      `SELECT status, scope, ${sums} FROM ${sql.step_counts} ${filter} GROUP BY status, scope ORDER BY status, scope`
    const ofAgents = (filter: string) =>
      `SELECT scope, ${sums} FROM ${sql.agent_counts} ${filter} GROUP BY scope ORDER BY scope`
    // What is still being deleted no longer counts.
    const kept = `project_id NOT IN (SELECT id FROM ${sql.projects} WHERE status = ${deleted})`
    const completed = `SELECT coalesce(sum(steps), 0) AS steps FROM ${sql.agent_counts} WHERE ${kept}`

    const find = lookup(sql)
    const explain = explainStep(sql)
    const remaining = explainProject(sql)

    return Analytics.of({
      metrics: withSpan("Analytics.metrics")(({ agent_id, project }) =>
        store.read((tx) =>
          Effect.gen(function* () {
            const id = project === undefined ? undefined : (yield* find.project(tx, project)).id
            if (agent_id !== undefined) {
              return ofAgent(
                id === undefined
                  ? yield* tx.all<Total>(ofAgents(`WHERE agent_id = ? AND ${kept}`), [agent_id])
                  : yield* tx.all<Total>(ofAgents("WHERE agent_id = ? AND project_id = ?"), [agent_id, id])
              )
            }
            if (id !== undefined) return ofProject(yield* tx.all<StatusTotal>(ofProjects("WHERE project_id = ?"), [id]))
            const everything = ofProject(yield* tx.all<StatusTotal>(ofProjects(`WHERE ${kept}`), []))
            const done = yield* tx.first<{ steps: number }>(completed, [])
            return { ...everything, steps_completed: done?.steps ?? 0 }
          })
        )
      ),
      events: withSpan("Analytics.events")(
        Effect.fnUntraced(function* (request) {
          const [before] = yield* cursor.decode("events", request.cursor, [Number.MAX_SAFE_INTEGER] as readonly [
            number
          ])
          const found = yield* store.read((tx) =>
            Effect.gen(function* () {
              const filters: Array<string> = ["id < ?"]
              const values: Array<Parameter> = [before]
              if (request.agent_id !== undefined) {
                filters.push("agent_id = ?")
                values.push(request.agent_id)
              }
              if (request.project !== undefined) {
                filters.push("project_id = ?")
                values.push((yield* find.project(tx, request.project)).id)
              }
              const list = `SELECT * FROM ${sql.agent_events} WHERE ${filters.join(" AND ")} ORDER BY id DESC LIMIT ?`
              return yield* tx.all<rows.EventRow>(list, [...values, cursor.wanted(request)])
            })
          )
          const page = cursor.page("events", request, found, rows.event, (row) => [row.id])
          return { events: page.entries, ...page.next }
        })
      ),
      explainStep: withSpan("Analytics.explainStep")((request) => store.read((tx) => explain(tx, request))),
      explainProject: withSpan("Analytics.explainProject")(({ project: name }) =>
        Effect.gen(function* () {
          const explained = remaining.explain(yield* store.read((tx) => remaining.read(tx, name)))
          return yield* store.read((tx) => remaining.named(tx, explained))
        })
      )
    })
  })
)
