import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { capFaults, InvalidInput } from "../../domain/Errors.ts"
import { tails } from "../../domain/plan/CriticalPath.ts"
import * as Plan from "../../domain/plan/Plan.ts"
import type { CreateProject } from "../../domain/Requests.ts"
import { Projects } from "../../services/Projects.ts"
import { blockedByFailed } from "../plan/failedBlockers.ts"
import { finding } from "../plan/lookup.ts"
import * as cursor from "../store/cursor.ts"
import { projectWithCounts, stepWithDependencies } from "../store/fragments.ts"
import * as rows from "../store/rows.ts"
import { Database } from "../store/Store.ts"
import { now } from "../store/time.ts"
import { withSpan } from "../store/withSpan.ts"
import { nameTaken, projectChanges } from "./changeProject.ts"
import { planEditing } from "./editPlan.ts"
import { insertDependencies, insertSteps } from "./insertPlan.ts"

type Planned = CreateProject["steps"][number] & { readonly depends_on: ReadonlyArray<number> }

/** Of a plan that is still to be stored, by step number. */
const tailsOf = (steps: ReadonlyArray<Planned>): ReadonlyMap<number, number> =>
  tails(
    steps.map(({ estimate_minutes, step_num }) => ({ id: step_num, estimate_minutes })),
    steps.flatMap(({ depends_on, step_num }) =>
      depends_on.map((depends_on_step_id) => ({ step_id: step_num, depends_on_step_id }))
    )
  )

/** Projects in hq's tables. */
export const layer: Layer.Layer<Projects, never, Database> = Layer.effect(
  Projects,
  Effect.gen(function* () {
    const db = yield* Database
    const t = db.tables
    const columns = projectWithCounts(t)
    const select = `SELECT ${columns} FROM ${t.projects} p WHERE p.name = ?`
    const insert = `INSERT INTO ${t.projects} (name, base_commit, created_at, priority, unblock_on) VALUES (?, ?, ?, ?, ?) ON CONFLICT DO NOTHING RETURNING id`
    const stepsOf = `SELECT ${stepWithDependencies(t)} FROM ${t.steps} s WHERE s.project_id = ? AND s.step_num > ? ORDER BY s.step_num LIMIT ?`
    const list = (filter: string) => `
      SELECT ${columns} FROM ${t.projects} p
      WHERE ${filter} p.priority <= ? AND (p.priority < ? OR p.id < ?) ORDER BY p.priority DESC, p.id DESC LIMIT ?`

    const changes = projectChanges(t)
    const edit = planEditing(t)
    const failedOf = blockedByFailed(t)

    const find = finding(t).wholeProject

    return Projects.of({
      create: withSpan("Projects.create")(
        Effect.fnUntraced(function* (request) {
          const steps: ReadonlyArray<Planned> = request.steps.map((step) => ({
            ...step,
            depends_on: [...new Set(step.depends_on)]
          }))
          const faults = Plan.faults(steps)
          if (faults.length > 0) return yield* new InvalidInput({ faults: capFaults(faults) })
          const tails = tailsOf(steps)
          const plan = JSON.stringify(steps.map((step) => ({ ...step, tail_minutes: tails.get(step.step_num) })))
          return yield* db.write((tx) =>
            Effect.gen(function* () {
              const { at } = yield* now
              const created = yield* tx.first<{ id: number }>(insert, [
                request.name,
                request.base_commit,
                at,
                request.priority ?? 0,
                request.unblock_on ?? "completed"
              ])
              if (created === undefined) {
                return yield* nameTaken(request.name, "create_project")
              }
              yield* tx.all(insertSteps(t), [created.id, plan])
              yield* tx.all(insertDependencies(t), [plan, created.id])
              return rows.project((yield* tx.first<rows.ProjectRow>(select, [request.name])) as rows.ProjectRow)
            })
          )
        })
      ),
      get: withSpan("Projects.get")(
        Effect.fnUntraced(function* (request) {
          const [after] = yield* cursor.decode("steps", request.cursor, [0] as const)
          return yield* db.read((tx) =>
            Effect.gen(function* () {
              const row = yield* find(tx, request.name)
              const found = yield* tx.all<rows.StepRow>(stepsOf, [row.id, after, cursor.wanted(request)])
              const project = rows.project(row)
              const failed = yield* failedOf(tx, project)
              const page = cursor.page("steps", request, found, rows.step, (step) => [step.step_num])
              return {
                project,
                steps: page.entries,
                ...(failed.length > 0 ? { blocked_by_failed: failed } : {}),
                ...page.next
              }
            })
          )
        })
      ),
      list: withSpan("Projects.list")(
        Effect.fnUntraced(function* ({ status, ...request }) {
          const first = [Number.MAX_SAFE_INTEGER, Number.MAX_SAFE_INTEGER] as const
          const [priority, id] = yield* cursor.decode("projects", request.cursor, first as readonly [number, number])
          const after = [priority, priority, id, cursor.wanted(request)]
          const found = yield* db.read((tx) =>
            status === undefined
              ? tx.all<rows.ProjectRow>(list(""), after)
              : tx.all<rows.ProjectRow>(list("p.status = ? AND"), [status, ...after])
          )
          const page = cursor.page("projects", request, found, rows.project, (row) => [row.priority, row.id])
          return { projects: page.entries, ...page.next }
        })
      ),
      update: withSpan("Projects.update")((request) =>
        db.write((tx) =>
          Effect.map(
            Effect.flatMap(changes.update(tx, request), (name) => find(tx, name)),
            rows.project
          )
        )
      ),
      updatePlan: withSpan("Projects.updatePlan")((request) =>
        db.write((tx) =>
          Effect.gen(function* () {
            const done = yield* edit(tx, request)
            return { ...rows.project(yield* find(tx, request.project)), ...done }
          })
        )
      ),
      delete: withSpan("Projects.delete")((request) => db.write((tx) => changes.remove(tx, request)))
    })
  })
)
