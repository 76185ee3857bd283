import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { branchWarnings, stepsByBranch } from "../../domain/Branches.ts"
import { CreatedProject } from "../../domain/Entities.ts"
import { capFaults, InvalidInput } from "../../domain/Errors.ts"
import { tails } from "../../domain/plan/CriticalPath.ts"
import * as Estimates from "../../domain/plan/Estimates.ts"
import * as Plan from "../../domain/plan/Plan.ts"
import * as PlanEdit from "../../domain/plan/PlanEdit.ts"
import { sizeFaults } from "../../domain/plan/Size.ts"
import type { CreateProject } from "../../domain/Requests.ts"
import { limits } from "../../domain/Text.ts"
import { ClaimMemory } from "../../services/ClaimMemory.ts"
import { Projects } from "../../services/Projects.ts"
import { deleted, finishDeletions } from "../plan/deletion.ts"
import { failedBlockers } from "../plan/failedBlockers.ts"
import { lookup } from "../plan/lookup.ts"
import * as cursor from "../store/cursor.ts"
import { actorOf, recordEvent } from "../store/events.ts"
import { projectWithCounts, stepWithDependencies } from "../store/fragments.ts"
import { inBatches } from "../store/inBatches.ts"
import * as rows from "../store/rows.ts"
import { Store } from "../store/Store.ts"
import { withSpan } from "../store/withSpan.ts"
import { changeProject, nameTaken } from "./changeProject.ts"
import { editPlan } from "./editPlan.ts"
import { insertDependencies, insertSteps } from "./insertPlan.ts"

/** How long delete_project goes on with what is left of a project. */
const finishFor = Duration.seconds(1)

type Planned = CreateProject["steps"][number] & { readonly depends_on: ReadonlyArray<number> }

/** The tails of a plan that is still to be stored, by step number. @param weight minutes of a step without an estimate */
const tailsOf = (steps: ReadonlyArray<Planned>, weight: number): ReadonlyMap<number, number> =>
  tails(
    steps.map(({ estimate_minutes = weight, step_num }) => ({ id: step_num, estimate_minutes })),
    steps.flatMap(({ depends_on, step_num }) =>
      depends_on.map((depends_on_step_id) => ({ step_id: step_num, depends_on_step_id }))
    )
  )

/** Projects in hq's tables. */
export const layer: Layer.Layer<Projects, never, Store | ClaimMemory> = Layer.effect(
  Projects,
  Effect.gen(function* () {
    const store = yield* Store
    const memory = yield* ClaimMemory
    const { sql } = store
    const columns = projectWithCounts(sql)
    const insert = `INSERT INTO ${sql.projects} (name, base_commit, created_at, priority, unblock_on, estimated_steps,
      estimated_minutes, default_minutes, format) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ${sql.format}) ON CONFLICT DO NOTHING RETURNING id`
    const stepsOf = `SELECT ${stepWithDependencies(sql)} FROM ${sql.steps} s WHERE s.project_id = ? AND s.step_num > ? ORDER BY s.step_num LIMIT ?`
    const planOf = `SELECT s.description, ${stepWithDependencies(sql)} FROM ${sql.steps} s WHERE s.project_id = ? ORDER BY s.step_num`
    const list = (filter: string) => `
      SELECT ${columns} FROM ${sql.projects} p
      WHERE ${filter} p.priority <= ? AND (p.priority < ? OR p.id < ?) ORDER BY p.priority DESC, p.id DESC LIMIT ?`

    const steps = insertSteps(sql)
    const dependencies = insertDependencies(sql)

    const record = recordEvent(sql)
    const changes = changeProject(sql)
    const edit = editPlan(sql)
    const failedOf = failedBlockers(sql)
    const find = lookup(sql).wholeProject

    /** Goes on with deletions for a while. Sweeps do the rest, also of what fails here: the project itself is deleted by then. */
    const finish = Effect.ignore(inBatches([finishDeletions(store)], finishFor))

    return Projects.of({
      create: withSpan("Projects.create")(
        Effect.fnUntraced(function* (request) {
          const tooLarge = sizeFaults("steps", request.steps, limits.dependencies)
          if (tooLarge.length > 0) return yield* new InvalidInput({ faults: tooLarge })
          const planned: ReadonlyArray<Planned> = request.steps.map((step) => ({
            ...step,
            depends_on: [...new Set(step.depends_on)]
          }))
          const faults = Plan.faults(planned)
          if (faults.length > 0) return yield* new InvalidInput({ faults: capFaults(faults) })
          const estimates = Estimates.total(planned.map(({ estimate_minutes }) => estimate_minutes))
          const weight = Estimates.mean(estimates)
          const tails = tailsOf(planned, weight)
          const warnings = branchWarnings(stepsByBranch(planned))
          const plan = JSON.stringify(planned.map((step) => ({ ...step, tail_minutes: tails.get(step.step_num) })))
          return yield* store.write((tx) =>
            Effect.gen(function* () {
              const { at } = yield* tx.now
              const created = yield* tx.first<{ id: number }>(insert, [
                request.name,
                request.base_commit,
                at,
                request.priority ?? 0,
                request.unblock_on ?? "completed",
                ...[estimates.steps, estimates.minutes, weight]
              ])
              if (created === undefined) return yield* nameTaken(request.name, request.name, "create_project")
              yield* changes.checkName(tx, request.name, "create_project", created.id)
              yield* tx.all(steps, [created.id, plan])
              yield* tx.all(dependencies, [plan, created.id])
              if (request.agent_id !== undefined) {
                const metadata = { project: request.name, steps: planned.length }
                const step = { id: null, project_id: created.id }
                yield* record(tx, { agent_id: request.agent_id, step, type: "added", at, metadata })
              }
              // It has just been inserted.
              const project = rows.project(yield* Effect.catchTag(find(tx, request.name), "NotFound", Effect.die))
              return rows.made(CreatedProject, { ...project, ...(warnings.length === 0 ? {} : { warnings }) })
            })
          )
        })
      ),
      get: withSpan("Projects.get")(
        Effect.fnUntraced(function* (request) {
          const [after] = yield* cursor.decode("steps", request.cursor, [0] as const)
          return yield* store.read((tx) =>
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
      plan: withSpan("Projects.plan")((request) =>
        store.read((tx) =>
          Effect.gen(function* () {
            const row = yield* find(tx, request.project)
            const steps = yield* tx.all<rows.StepRow>(planOf, [row.id])
            return { project: rows.project(row), steps: steps.map(rows.step) }
          })
        )
      ),
      list: withSpan("Projects.list")(
        Effect.fnUntraced(function* ({ status, ...request }) {
          const first = [Number.MAX_SAFE_INTEGER, Number.MAX_SAFE_INTEGER] as const
          const [priority, id] = yield* cursor.decode("projects", request.cursor, first as readonly [number, number])
          const after = [priority, priority, id, cursor.wanted(request)]
          const found = yield* store.read((tx) =>
            status === undefined
              ? tx.all<rows.ProjectRow>(list(`p.status <> ${deleted} AND`), after)
              : tx.all<rows.ProjectRow>(list("p.status = ? AND"), [status, ...after])
          )
          const page = cursor.page("projects", request, found, rows.project, (row) => [row.priority, row.id])
          return { projects: page.entries, ...page.next }
        })
      ),
      update: withSpan("Projects.update")((request) =>
        store.write((tx) =>
          Effect.map(
            Effect.flatMap(changes.update(tx, request, actorOf(request.agent_id, memory)), (name) => find(tx, name)),
            rows.project
          )
        )
      ),
      updatePlan: withSpan("Projects.updatePlan")((request) =>
        Effect.gen(function* () {
          const tooMuch = PlanEdit.excesses(request.operations)
          if (tooMuch.length > 0) return yield* new InvalidInput({ faults: tooMuch })
          return yield* store.write((tx) =>
            Effect.gen(function* () {
              const done = yield* edit(tx, request, actorOf(request.agent_id, memory))
              return { ...rows.project(yield* find(tx, request.project)), ...done }
            })
          )
        })
      ),
      delete: withSpan("Projects.delete")((request) =>
        Effect.zipLeft(
          store.write((tx) => changes.remove(tx, request, actorOf(request.agent_id, memory))),
          finish
        )
      )
    })
  })
)
