import type { SqlError } from "@effect/sql/SqlError"
import * as Effect from "effect/Effect"
import type { Need, ReadyStep, StatusReport } from "../../domain/answers/Overviews.ts"
import { NotFound } from "../../domain/Errors.ts"
import { omittedCount } from "../../domain/ResponseBudget.ts"
import type { StatusRequest } from "../../services/Overview.ts"
import { lookup } from "../plan/lookup.ts"
import { start } from "../store/claimOrder.ts"
import * as rows from "../store/rows.ts"
import { perStore } from "../store/Sql.ts"
import type { Transaction } from "../store/Store.ts"
import { type ProgressOptions, projectProgress, type WeighedProjectRow, weighedProject } from "./projectProgress.ts"

const maxProjects = 50
const maxReady = 10

/** Order of what needs a person: what holds up work first. */
const urgency: ReadonlyArray<Need["kind"]> = ["out_of_attempts", "failed", "silent", "unmerged", "stuck", "paused"]

const readyColumns = ["step_id", "step_num", "title", "project", "scope", "priority", "estimate_minutes"] as const

/** Reports what happens in one project, or in all that are active or paused. */
export const statusReport = perStore((sql) => {
  const columns = weighedProject(sql)
  const byStatus = `
    SELECT ${columns} FROM ${sql.projects} p WHERE p.status = ? ORDER BY p.priority DESC, p.id DESC LIMIT ${maxProjects}`
  const countOfStatus = `SELECT count(*) AS n FROM ${sql.projects} WHERE status = ?`
  const byId = `SELECT ${columns} FROM ${sql.projects} p WHERE p.id = ?`
  const waiting = `
    SELECT count(*) AS n FROM ${sql.claim_waiters} WHERE expires_at > ? AND (? = '' OR project IS NULL OR project = ?)`
  const find = lookup(sql)
  const progressOf = projectProgress(sql)

  /** Active and paused ones, as list_projects has them. */
  const open = (tx: Transaction) =>
    Effect.gen(function* () {
      const found: Array<WeighedProjectRow> = []
      let number = 0
      for (const status of ["active", "paused"]) {
        const some = yield* tx.all<WeighedProjectRow>(byStatus, [status])
        found.push(...some)
        number +=
          some.length < maxProjects
            ? some.length
            : ((yield* tx.first<{ n: number }>(countOfStatus, [status])) as { n: number }).n
      }
      const shown = found.sort((a, b) => b.priority - a.priority || b.id - a.id).slice(0, maxProjects)
      return { shown, more: number - shown.length }
    })

  const one = (tx: Transaction, name: string) =>
    Effect.gen(function* () {
      const { id } = yield* find.project(tx, name)
      const row = yield* tx.first<WeighedProjectRow>(byId, [id])
      return row === undefined ? yield* new NotFound({ entity: "project", key: name }) : { shown: [row], more: 0 }
    })

  return (
    tx: Transaction,
    { project }: StatusRequest,
    options: ProgressOptions
  ): Effect.Effect<StatusReport, NotFound | SqlError> =>
    Effect.gen(function* () {
      const { more, shown } = yield* project === undefined ? open(tx) : one(tx, project)
      const found = yield* Effect.forEach(shown, (row) => progressOf(tx, row, options))
      const query = sql.readySteps({ project }, start, maxReady, {
        columns: "s.id AS step_id, s.step_num, s.title, p.name AS project, s.scope, s.priority, s.estimate_minutes",
        join: `${sql.join} ${sql.projects} p ON p.id = s.project_id`
      })
      const ready = yield* tx.all<object>(query.statement, query.values)
      const calls = yield* tx.first<{ n: number }>(waiting, [options.now.at, project ?? "", project ?? ""])
      return {
        projects: found.map(({ progress }) => progress),
        ...omittedCount("projects_more", more),
        needs: found.flatMap(({ needs }) => needs).sort((a, b) => urgency.indexOf(a.kind) - urgency.indexOf(b.kind)),
        at_work: found.flatMap(({ atWork }) => atWork),
        ready: ready.map((row) => rows.present(row, readyColumns) as ReadyStep),
        waiting: calls?.n ?? 0
      }
    })
})
