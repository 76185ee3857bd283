import type { SqlError } from "@effect/sql/SqlError"
import * as Effect from "effect/Effect"
import { branchWarnings } from "../../domain/Branches.ts"
import type { Step } from "../../domain/Entities.ts"
import { Conflict, capFaults, InvalidInput, invalidInput } from "../../domain/Errors.ts"
import * as Estimates from "../../domain/plan/Estimates.ts"
import * as Plan from "../../domain/plan/Plan.ts"
import * as PlanEdit from "../../domain/plan/PlanEdit.ts"
import { fewerDependencies } from "../../domain/plan/Size.ts"
import type { EditPlan } from "../../domain/Requests.ts"
import { limits } from "../../domain/Text.ts"
import { lookup } from "../plan/lookup.ts"
import { perStore } from "../store/Sql.ts"
import type { Transaction } from "../store/Store.ts"
import { insertSteps } from "./insertPlan.ts"
import { openBranches } from "./openBranches.ts"
import type { EditLog, Needed } from "./planEditLog.ts"
import { planGraph } from "./planGraph.ts"
import { planOperations } from "./planOperations.ts"
import { editedColumns, planWriter, stepsBy } from "./planWriter.ts"

interface ProjectAsItWas
  extends Record<"revision" | "estimated_steps" | "estimated_minutes" | "default_minutes", number> {}

/** Edits the plan of a project while agents work on it: every operation or none. */
export const editPlan = perStore((sql) => {
  const find = lookup(sql)
  const graph = planGraph(sql)
  const open = planWriter(sql)
  const branchesOf = openBranches(sql)
  const newSteps = insertSteps(sql)
  const revisionOf = `
    SELECT revision, estimated_steps, estimated_minutes, default_minutes FROM ${sql.projects} WHERE id = ?`
  const weigh = `
    UPDATE ${sql.projects} SET estimated_steps = ?, estimated_minutes = ?, default_minutes = ? WHERE id = ?`
  const raise = `UPDATE ${sql.projects} SET revision = revision + 1 WHERE id = ?`
  const countSteps = `SELECT sum(steps) AS n FROM ${sql.step_counts} WHERE project_id = ?`
  const countDependencies = `
    SELECT count(*) AS n FROM (SELECT 1 AS one FROM ${sql.steps} s ${sql.join} ${sql.dependencies} d ON d.step_id = s.id
      WHERE s.project_id = ? LIMIT ${limits.dependencies + 1}) counted`
  const byNumber = `
    SELECT ${editedColumns("s")} FROM ${sql.items("?", "num", "integer")}
    ${sql.join} ${sql.steps} s ON s.project_id = ? AND s.step_num = num.value`

  const neededByNumber = `
    SELECT s.id, s.step_num, s.status FROM ${sql.items("?", "num", "integer")}
    ${sql.join} ${sql.steps} s ON s.project_id = ? AND s.step_num = num.value`

  /** The project's id and revision; Conflict if that is not the expected one. */
  const projectOf = (tx: Transaction, { expected_revision: expected, project }: EditPlan) =>
    Effect.gen(function* () {
      const { id } = yield* find.project(tx, project)
      const row = (yield* tx.first<ProjectAsItWas>(revisionOf, [id])) as ProjectAsItWas
      const { default_minutes: weight, estimated_minutes: minutes, estimated_steps: steps, revision } = row
      if (expected === undefined || expected === revision)
        return { id, revision, weight, estimates: { steps, minutes } }
      return yield* new Conflict({
        reason: `The plan of "${project}" is at revision ${revision}, not at ${expected}: somebody has edited it.`,
        advice: `Call get_project to see it, then update_plan with what is still to be done and expected_revision: ${revision}.`
      })
    })

  /** The steps with these numbers, by number, as far as they exist. */
  const stepsNamed = (tx: Transaction, projectId: number, nums: Iterable<number>) =>
    Effect.map(
      stepsBy(tx, byNumber, [JSON.stringify([...nums]), projectId]),
      (steps) => new Map(steps.map((step) => [step.step_num as number, step]))
    )

  /** The same, of steps of which less must be known: an edit may name all steps of a plan in its dependencies. */
  const stepsNeeded = (tx: Transaction, projectId: number, nums: ReadonlyArray<number>) =>
    Effect.map(
      nums.length === 0 ? Effect.succeed([]) : tx.all<Needed>(neededByNumber, [JSON.stringify(nums), projectId]),
      (found) => new Map(found.map((step) => [step.step_num as number, step]))
    )

  /** Stores the new steps, still without dependencies, and returns their numbers. */
  const addSteps = (
    tx: Transaction,
    projectId: number,
    { operations }: EditPlan,
    existing: ReadonlyMap<number, Step>
  ): Effect.Effect<ReadonlyArray<number>, SqlError> => {
    const priorities = PlanEdit.priorities(
      operations,
      Array.from(existing, ([num, { priority }]) => [num, priority] as const)
    )
    const added = PlanEdit.newSteps(operations).map(({ definition }) => ({
      ...definition,
      priority: priorities.get(definition.step_num)
    }))
    return Effect.as(
      tx.all(newSteps, [projectId, JSON.stringify(added)]),
      added.map(({ step_num }) => step_num)
    )
  }

  /** Refuses a plan that has become too large: some calls cost as much as the plan is large. */
  const fits = (tx: Transaction, projectId: number, log: EditLog) =>
    Effect.gen(function* () {
      const { added } = log.summary()
      const total = added === 0 ? undefined : yield* tx.first<{ n: number }>(countSteps, [projectId])
      if (total !== undefined && total.n > limits.steps) {
        const most = `a plan has at most ${limits.steps} steps, and this one would have ${total.n}`
        return yield* invalidInput("operations", `${most}: make a project of the others`)
      }
      const links = log.gained.size === 0 ? undefined : yield* tx.first<{ n: number }>(countDependencies, [projectId])
      if (links !== undefined && links.n > limits.dependencies) {
        const most = `a plan has at most ${limits.dependencies} dependencies`
        return yield* invalidInput("operations", `${most}: ${fewerDependencies}`)
      }
    })

  /** Brings the tails up to date; those of the whole plan only if its mean estimate has moved far enough. */
  const revise = (
    tx: Transaction,
    log: EditLog,
    { estimates, id, weight }: { readonly id: number; readonly weight: number; readonly estimates: Estimates.Estimates }
  ) =>
    Effect.gen(function* () {
      const more = log.estimates()
      if (more.steps === 0 && more.minutes === 0) return yield* graph.revise(tx, log.reweighed, { id, weight })
      const after = { steps: estimates.steps + more.steps, minutes: estimates.minutes + more.minutes }
      const weightAfter = Estimates.weightAfter(weight, after)
      yield* tx.all(weigh, [after.steps, after.minutes, weightAfter, id])
      const project = { id, weight: weightAfter }
      yield* weightAfter === weight ? graph.revise(tx, log.reweighed, project) : graph.reweigh(tx, project)
    })

  return (tx: Transaction, request: EditPlan, agent_id: string) =>
    Effect.gen(function* () {
      const project = yield* projectOf(tx, request)
      const { id, revision } = project
      const { edited, needed } = PlanEdit.numbersIn(request.operations)
      const existing = yield* stepsNamed(tx, id, edited)
      const others = yield* stepsNeeded(tx, id, needed)
      const faults = PlanEdit.faults(request.operations, new Set([...existing.keys(), ...others.keys()]))
      if (faults.length > 0) return yield* new InvalidInput({ faults: capFaults(faults) })

      const added = yield* addSteps(tx, id, request, existing)
      const plan = open(tx, new Map([...existing, ...(yield* stepsNamed(tx, id, added))]), others)
      const { log } = plan
      for (const num of added) log.added(plan.at(num))
      for (const [index, operation] of request.operations.entries()) {
        const path = `operations.${index}`
        yield* planOperations[operation.op](plan, operation, path)
        yield* plan.roomFor(0, path)
      }
      yield* fits(tx, id, log)

      const cycles = yield* graph.cycles(tx, log.gained)
      if (cycles.length > 0) {
        return yield* new InvalidInput({
          faults: capFaults(cycles.map((cycle) => Plan.cycleFault("operations", cycle)))
        })
      }
      yield* revise(tx, log, project)
      const summary = log.summary()
      if (summary.added + summary.changed + summary.cancelled.length + (summary.reopened ?? []).length > 0) {
        yield* tx.all(raise, [id])
        const { at } = yield* tx.now
        yield* log.record(tx, { agent_id, at, revision: revision + 1 })
      }
      const warnings = branchWarnings(yield* branchesOf(tx, id, PlanEdit.branches(request.operations)))
      return { ...summary, ...(warnings.length === 0 ? {} : { warnings }) }
    })
})
