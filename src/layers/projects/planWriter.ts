import type { SqlError } from "@effect/sql/SqlError"
import * as Effect from "effect/Effect"
import type { Blocker } from "../../domain/Claim.ts"
import { Step } from "../../domain/Entities.ts"
import { type Conflict, type InvalidInput, invalidInput } from "../../domain/Errors.ts"
import { begun } from "../../domain/Fence.ts"
import { allows } from "../../domain/Lifecycle.ts"
import { fewerDependencies } from "../../domain/plan/Size.ts"
import { clearable, type PlanChange } from "../../domain/Requests.ts"
import { limits } from "../../domain/Text.ts"
import { archive, awaited, clear, from, lastDone, metadata, reset, stepColumns, to } from "../store/fragments.ts"
import type { Parameter } from "../store/Query.ts"
import * as rows from "../store/rows.ts"
import { perStore } from "../store/Sql.ts"
import type { Transaction } from "../store/Store.ts"
import { type EditLog, editLog } from "./planEditLog.ts"

export type Edit<A = void> = Effect.Effect<A, Conflict | InvalidInput | SqlError>

/** Writes what the operations of one edit do to the plan, and logs each change for the events and the answer. */
export interface PlanWriter {
  readonly log: EditLog
  /** Refuses to change so many more steps than there is room for in one edit. @param path as of `dependOn` */
  readonly roomFor: (more: number, path: string) => Edit
  /** The step of that number, as the operations so far left it. */
  readonly at: (num: number) => Step
  /** The steps that it depends on, by number. */
  readonly neededBy: (step: Step) => Edit<ReadonlyArray<Step>>
  /** The steps that depend on it, by number. */
  readonly dependentsOf: (step: Step) => Edit<ReadonlyArray<Step>>
  /** @param path of the part of the request that asks for this, for faults */
  readonly dependOn: (step: Step, on: ReadonlyArray<Step>, path: string) => Edit
  readonly dependNoMore: (step: Step, needed: Step) => Edit
  /** Gives the step other fields, and returns it. */
  readonly change: (step: Step, given: Partial<PlanChange>) => Edit<Step>
  /** @param more what its event says beside */
  readonly cancel: (step: Step, more: object) => Edit
  /** Keeps its attempt in the history and opens it again; false if that is not allowed. @param reason of the review */
  readonly reopen: (step: Step, reason: string) => Edit<boolean>
  /** Whether the last that was done to the step is that it was reopened for this reason. */
  readonly isReopened: (step: Step, reason: string) => Edit<boolean>
  /** The steps that are at work, or done, on what this one left. At most 10. */
  readonly buildingOn: (step: Step) => Edit<ReadonlyArray<Blocker>>
}

interface Described {
  readonly description: string | null
}

/** Steps that a refusal names at most. */
const maxBuilding = 10

export const stepsBy = (tx: Transaction, statement: string, parameters: ReadonlyArray<Parameter>) =>
  Effect.map(tx.all<rows.StepRow>(statement, parameters), (found) => found.map(rows.step))

/** Opens a writer for one edit. @param steps every step that the operations name, by number */
export const planWriter = perStore((sql) => {
  const neededBy = `
    SELECT ${stepColumns("s")} FROM ${sql.dependencies} ${sql.join} ${sql.steps} s ON s.id = depends_on_step_id
    WHERE step_id = ? ORDER BY s.step_num`
  const dependentsOf = `
    SELECT ${stepColumns("s")} FROM ${sql.dependencies} ${sql.join} ${sql.steps} s ON s.id = step_id
    WHERE depends_on_step_id = ? ORDER BY s.step_num`
  const link = `
    INSERT INTO ${sql.dependencies} (step_id, depends_on_step_id)
    SELECT ?, value FROM ${sql.items("?", "needed", "integer")} WHERE true
    ON CONFLICT DO NOTHING RETURNING depends_on_step_id AS id`
  const unlink = `DELETE FROM ${sql.dependencies} WHERE step_id = ? AND depends_on_step_id = ?`
  const unlinkAll = `DELETE FROM ${sql.dependencies} WHERE step_id = ?`
  const change = `
    UPDATE ${sql.steps} SET branch = ?, scope = ?, title = ?, description = coalesce(?, description), priority = ?,
      estimate_minutes = ?, files = ? WHERE id = ?`
  const withoutDescription = `UPDATE ${sql.steps} SET description = NULL WHERE id = ?`
  const described = `SELECT description FROM ${sql.steps} WHERE id = ?`
  const cancel = `UPDATE ${sql.steps} SET status = ${to("cancel")} WHERE id = ? AND status IN ${from("cancel")}`

  const keep = archive(sql)
  const isBuilding = "s.status IN ('claimed', 'in_progress', 'completed', 'merged')"
  const reopen = `
    UPDATE ${sql.steps} SET status = ${to("reopen")}, ${reset}, ${clear}
    WHERE id = ? AND status IN ${from("reopen")} AND NOT EXISTS (
      SELECT 1 FROM ${sql.dependencies} ${sql.join} ${sql.steps} s ON s.id = step_id
      WHERE depends_on_step_id = ${sql.steps}.id AND ${isBuilding})
    RETURNING ${stepColumns(sql.steps)}`
  const reopened = `
    SELECT 1 FROM ${sql.agent_events} WHERE id = (${lastDone(sql)}) AND event_type = 'reopened'
      AND ${metadata(sql, "reason")} = ?`
  // In the order of the alphabet backwards, merged steps come first: of those, nobody can get rid.
  const building = `
    SELECT ${awaited("s")}, p.name AS project FROM ${sql.dependencies} ${sql.join} ${sql.steps} s ON s.id = step_id
    ${sql.join} ${sql.projects} p ON p.id = s.project_id
    WHERE depends_on_step_id = ? AND ${isBuilding} ORDER BY s.status DESC, s.step_num LIMIT ${maxBuilding}`

  return (tx: Transaction, steps: Map<number, Step>): PlanWriter => {
    const log = editLog(sql)
    let dependencies = 0

    const dependNoMore = (step: Step, needed: Step): Edit =>
      Effect.map(tx.all(unlink, [step.id, needed.id]), () => log.unlinked(step, needed))

    return {
      log,
      roomFor: (more, path) => {
        if (log.size() + more <= limits.changes) return Effect.void
        const most = `one edit changes at most ${limits.changes} steps`
        return invalidInput(path, `${most}: begin with a part of them, such as the last ones that wait`)
      },
      at: (num) => steps.get(num) as Step,
      neededBy: (step) => stepsBy(tx, neededBy, [step.id]),
      dependentsOf: (step) => stepsBy(tx, dependentsOf, [step.id]),
      dependNoMore,

      dependOn: (step, on, path) =>
        Effect.gen(function* () {
          if (on.length === 0) return
          if (!allows("claim", step.status)) return yield* begun(step)
          // No fault of the request: a step may wait for one that is split, and become a part of it.
          if (on.some(({ id }) => id === step.id)) {
            return yield* invalidInput(path, `step ${step.step_num} cannot depend on itself`)
          }
          const cancelled = on.find(({ status }) => status === "cancelled")
          if (cancelled !== undefined) {
            return yield* invalidInput(path, `step ${cancelled.step_num} is cancelled: nothing can depend on it`)
          }
          dependencies += on.length
          if (dependencies > limits.dependencies) {
            const most = `one edit makes at most ${limits.dependencies} dependencies`
            return yield* invalidInput(path, `${most}: ${fewerDependencies}`)
          }
          const needed = new Map(on.map((one) => [one.id as number, one]))
          const made = yield* tx.all<{ id: number }>(link, [step.id, JSON.stringify([...needed.keys()])])
          for (const { id } of made) log.linked(step, needed.get(id) as Step)
        }),

      change: (step, given) =>
        Effect.gen(function* () {
          const { clear = [], description, ...kept } = given
          const cleared = Object.fromEntries(
            clearable
              .filter((field) => clear.includes(field) && field !== "description")
              .map((field) => [field, undefined])
          )
          const listed = { ...kept, ...cleared } as Omit<Partial<PlanChange>, "clear" | "description">
          const isUndescribed = clear.includes("description")
          const { branch, estimate_minutes, files, priority, scope, title } = { ...step, ...listed }
          const declared = files === undefined || files.length === 0 ? null : JSON.stringify(files)
          // Read one at a time, because an edit may describe all steps of a large plan.
          const before =
            description === undefined && !isUndescribed ? undefined : yield* tx.first<Described>(described, [step.id])
          yield* tx.all(change, [
            ...[branch, scope, title ?? null, description ?? null],
            ...[priority, estimate_minutes ?? null, declared, step.id]
          ])
          if (isUndescribed) yield* tx.all(withoutDescription, [step.id])
          const changed = rows.made(Step, { ...step, ...listed })
          log.changed(step, listed)
          const now = isUndescribed ? null : description
          if (now !== undefined && now !== before?.description) log.described(step)
          steps.set(step.step_num, changed)
          return changed
        }),

      cancel: (step, more) =>
        Effect.gen(function* () {
          for (const needed of yield* stepsBy(tx, neededBy, [step.id])) log.unlinked(step, needed)
          yield* tx.all(unlinkAll, [step.id])
          yield* tx.all(cancel, [step.id])
          steps.set(step.step_num, rows.made(Step, { ...step, status: "cancelled" }))
          log.cancelled(step, more)
        }),

      reopen: (step, reason) =>
        Effect.gen(function* () {
          const { at } = yield* tx.now
          yield* tx.all(keep, [at, step.id])
          const row = yield* tx.first<rows.StepRow>(reopen, [step.id])
          if (row === undefined) return false
          steps.set(step.step_num, rows.step(row))
          log.reopened(step, reason)
          return true
        }),

      isReopened: (step, reason) =>
        log.hasReopened(step, reason)
          ? Effect.succeed(true)
          : Effect.map(tx.first(reopened, [step.id, reason]), (found) => found !== undefined),

      buildingOn: (step) => Effect.map(tx.all<rows.BlockerRow>(building, [step.id]), (found) => found.map(rows.blocker))
    }
  }
})
