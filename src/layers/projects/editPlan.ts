import type { SqlError } from "@effect/sql/SqlError"
import * as Effect from "effect/Effect"
import { Step } from "../../domain/Entities.ts"
import { Conflict, capFaults, InvalidInput } from "../../domain/Errors.ts"
import { begun } from "../../domain/Fence.ts"
import { allows } from "../../domain/Lifecycle.ts"
import * as Plan from "../../domain/plan/Plan.ts"
import * as PlanEdit from "../../domain/plan/PlanEdit.ts"
import type { PlanOperation, StepDefinition, UpdatePlan } from "../../domain/Requests.ts"
import { isDone } from "../../domain/Status.ts"
import { limits } from "../../domain/Text.ts"
import { finding } from "../plan/lookup.ts"
import { system } from "../store/events.ts"
import { from, to } from "../store/fragments.ts"
import * as rows from "../store/rows.ts"
import type { Parameter, Transaction } from "../store/Store.ts"
import type { Tables } from "../store/Tables.ts"
import { now } from "../store/time.ts"
import { insertSteps } from "./insertPlan.ts"
import { editLog } from "./planEditLog.ts"
import { planGraph } from "./planGraph.ts"

/** Steps that an answer or a refusal names at most. */
const maxNamed = 100

const invalid = (path: string, message: string) => new InvalidInput({ faults: [{ path, message }] })

type Edit = Effect.Effect<void, Conflict | InvalidInput | SqlError>

/** Edits the plan of a project while agents work on it. */
export const planEditing = (t: Tables) => {
  const find = finding(t)
  const graph = planGraph(t)
  const newSteps = insertSteps(t)
  const revisionOf = `SELECT revision FROM ${t.projects} WHERE id = ?`
  const raise = `UPDATE ${t.projects} SET revision = revision + 1 WHERE id = ?`
  const byNumber = `
    SELECT s.* FROM json_each(?) num CROSS JOIN ${t.steps} s ON s.project_id = ? AND s.step_num = num.value`
  const neededBy = `
    SELECT s.* FROM ${t.dependencies} CROSS JOIN ${t.steps} s ON s.id = depends_on_step_id WHERE step_id = ? ORDER BY s.step_num`
  const waitingFor = `
    SELECT s.* FROM ${t.dependencies} CROSS JOIN ${t.steps} s ON s.id = step_id WHERE depends_on_step_id = ? ORDER BY s.step_num`
  const link = `
    INSERT INTO ${t.dependencies} (step_id, depends_on_step_id) SELECT ?, value FROM json_each(?) WHERE true
    ON CONFLICT DO NOTHING RETURNING depends_on_step_id AS id`
  const unlink = `DELETE FROM ${t.dependencies} WHERE step_id = ? AND depends_on_step_id = ?`
  const change = `
    UPDATE ${t.steps} SET branch = ?, scope = ?, priority = ?, estimate_minutes = ?, files = ? WHERE id = ?`
  const cancel = `UPDATE ${t.steps} SET status = ${to("cancel")} WHERE id = ? AND status IN ${from("cancel")}`

  const stepsBy = (tx: Transaction, statement: string, parameters: ReadonlyArray<Parameter>) =>
    Effect.map(tx.all<rows.StepRow>(statement, parameters), (found) => found.map(rows.step))

  /** One edit: its operations change the tables as they come, and what they did is kept for the events. */
  const editor = (tx: Transaction, steps: Map<number, Step>) => {
    const log = editLog(t)
    const at = (num: number) => steps.get(num) as Step
    let dependencies = 0

    const dependOn = (step: Step, on: ReadonlyArray<Step>, path: string): Edit =>
      Effect.gen(function* () {
        if (on.length === 0) return
        if (!allows("claim", step.status)) return yield* begun(step)
        // No fault of the request: a step that waits for one which is split, and becomes a part of it.
        if (on.some(({ id }) => id === step.id)) {
          return yield* invalid(path, `step ${step.step_num} cannot depend on itself`)
        }
        const cancelled = on.find(({ status }) => status === "cancelled")
        if (cancelled !== undefined) {
          return yield* invalid(path, `step ${cancelled.step_num} is cancelled: nothing can depend on it`)
        }
        dependencies += on.length
        if (dependencies > limits.dependencies) {
          const least = "put a step in between that waits for all of them, and for which the others wait"
          return yield* invalid(path, `one edit makes at most ${limits.dependencies} dependencies: ${least}`)
        }
        const needed = new Map(on.map((one) => [one.id as number, one]))
        const made = yield* tx.all<{ id: number }>(link, [step.id, JSON.stringify([...needed.keys()])])
        for (const { id } of made) log.linked(step, needed.get(id) as Step)
      })

    const dependNoMore = (step: Step, needed: Step): Edit =>
      Effect.map(tx.all(unlink, [step.id, needed.id]), () => log.unlinked(step, needed))

    const cancelOne = (step: Step, more: object): Edit =>
      Effect.gen(function* () {
        for (const needed of yield* stepsBy(tx, neededBy, [step.id])) yield* dependNoMore(step, needed)
        yield* tx.all(cancel, [step.id])
        steps.set(step.step_num, rows.made(Step, { ...step, status: "cancelled" }))
        log.cancelled(step, more)
      })

    /** The step, and whoever waits for it directly or not; all of them not begun, or failed. */
    const withFollowers = (first: Step) =>
      Effect.gen(function* () {
        const found = new Map([[first.id, first]])
        for (const step of found.values()) {
          for (const dependent of yield* stepsBy(tx, waitingFor, [step.id])) {
            if (isDone(dependent.status)) yield* dependNoMore(dependent, step)
            else if (allows("cancel", dependent.status)) found.set(dependent.id, dependent)
            else return yield* begun(dependent)
          }
        }
        return [...found.values()]
      })

    const operations: {
      readonly [Op in PlanOperation["op"]]: (operation: PlanOperation, path: string) => Edit
    } = {
      add: ({ depends_on = [], needed_by = [], step_num }, path) =>
        Effect.zipRight(
          dependOn(at(step_num), depends_on.map(at), `${path}.depends_on`),
          Effect.forEach(needed_by, (num, index) => dependOn(at(num), [at(step_num)], `${path}.needed_by.${index}`), {
            discard: true
          })
        ),

      change: ({ depends_on, op: _, step_num, ...given }, path) =>
        Effect.gen(function* () {
          const step = at(step_num)
          if (!allows("claim", step.status)) return yield* begun(step)
          const { branch, estimate_minutes, files, priority, scope } = { ...step, ...given }
          const declared = files === undefined || files.length === 0 ? null : JSON.stringify(files)
          yield* tx.all(change, [branch, scope, priority, estimate_minutes ?? null, declared, step.id])
          const is = rows.made(Step, { ...step, ...given })
          log.changed(step, given)
          steps.set(step_num, is)
          if (depends_on === undefined) return
          const wanted = new Set(depends_on)
          for (const needed of yield* stepsBy(tx, neededBy, [step.id])) {
            if (!wanted.delete(needed.step_num)) yield* dependNoMore(step, needed)
          }
          yield* dependOn(is, [...wanted].map(at), `${path}.depends_on`)
        }),

      cancel: ({ dependents, step_num }, path) =>
        Effect.gen(function* () {
          const step = at(step_num)
          if (step.status === "cancelled") return
          if (!allows("cancel", step.status)) return yield* begun(step)
          const waiting = yield* stepsBy(tx, waitingFor, [step.id])
          if (dependents === undefined && waiting.length > 0) {
            const nums = waiting.slice(0, maxNamed).map((dependent) => dependent.step_num)
            return yield* invalid(`${path}.dependents`, `must be follow or drop: steps ${nums.join(", ")} wait for it`)
          }
          if (dependents === "follow") {
            for (const follower of yield* withFollowers(step)) {
              yield* cancelOne(follower, follower.id === step.id ? {} : { followed: step_num })
            }
            return
          }
          for (const dependent of waiting) yield* dependNoMore(dependent, step)
          yield* cancelOne(step, {})
        }),

      split: ({ into = [], step_num }, path) =>
        Effect.gen(function* () {
          const step = at(step_num)
          if (!allows("cancel", step.status)) return yield* begun(step)
          const nums = new Set(into.map((part) => part.step_num))
          const before = yield* stepsBy(tx, neededBy, [step.id])
          const after = yield* stepsBy(tx, waitingFor, [step.id])
          const isFirst = ({ depends_on = [] }: StepDefinition) => !depends_on.some((num) => nums.has(num))
          const within = new Set(into.flatMap(({ depends_on = [] }) => depends_on))
          const last = [...nums].filter((num) => !within.has(num)).map(at)
          // First of all: nothing can depend on it from here on, its parts neither.
          yield* cancelOne(step, { split_into: [...nums] })
          for (const [index, part] of into.entries()) {
            const needed = [...(part.depends_on ?? []).map(at), ...(isFirst(part) ? before : [])]
            yield* dependOn(at(part.step_num), needed, `${path}.into.${index}.depends_on`)
          }
          for (const dependent of after) {
            yield* dependNoMore(dependent, step)
            yield* dependOn(dependent, last, path)
          }
        })
    }
    return { log, run: (operation: PlanOperation, path: string) => operations[operation.op](operation, path) }
  }

  /** Stores the steps that are new, each still without dependencies. */
  const store = (tx: Transaction, projectId: number, request: UpdatePlan, steps: ReadonlyMap<number, Step>) => {
    const priorities = PlanEdit.priorities(
      request.operations,
      Array.from(steps, ([num, { priority }]) => [num, priority] as const)
    )
    const stored = PlanEdit.newSteps(request.operations).map(({ definition }) => ({
      ...definition,
      priority: priorities.get(definition.step_num)
    }))
    return Effect.as(
      tx.all(newSteps, [projectId, JSON.stringify(stored)]),
      stored.map(({ step_num }) => step_num)
    )
  }

  return (tx: Transaction, request: UpdatePlan) =>
    Effect.gen(function* () {
      const { expected_revision, operations, project } = request
      const { id } = yield* find.project(tx, project)
      const { revision } = (yield* tx.first<{ revision: number }>(revisionOf, [id])) as { revision: number }
      if (expected_revision !== undefined && expected_revision !== revision) {
        return yield* new Conflict({
          reason: `The plan of "${project}" is at revision ${revision}, not at ${expected_revision}: somebody has edited it.`,
          advice: `Call get_project to see it, then update_plan with what is still to be done and expected_revision: ${revision}.`
        })
      }
      const nums = JSON.stringify([...PlanEdit.numbersIn(operations)])
      const existing = new Map(
        (yield* stepsBy(tx, byNumber, [nums, id])).map((step) => [step.step_num as number, step])
      )
      const faults = PlanEdit.faults(operations, new Set(existing.keys()))
      if (faults.length > 0) return yield* new InvalidInput({ faults: capFaults(faults) })

      const added = yield* store(tx, id, request, existing)
      const steps = new Map((yield* stepsBy(tx, byNumber, [nums, id])).map((step) => [step.step_num as number, step]))
      const { log, run } = editor(tx, steps)
      for (const num of added) log.added(steps.get(num) as Step)
      for (const [index, operation] of operations.entries()) yield* run(operation, `operations.${index}`)

      const cycles = yield* graph.cycles(tx, log.gained)
      if (cycles.length > 0)
        return yield* new InvalidInput({
          faults: capFaults(cycles.map((cycle) => Plan.cycleFault("operations", cycle)))
        })
      yield* graph.revise(tx, log.reweighed)
      const summary = log.summary()
      if (summary.added + summary.changed + summary.cancelled.length > 0) {
        yield* tx.all(raise, [id])
        const { at } = yield* now
        yield* log.record(tx, { agent_id: request.agent_id ?? system, at, revision: revision + 1 })
      }
      return summary
    })
}
