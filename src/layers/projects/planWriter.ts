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
import { archive, awaited, clear, columnsWithout, from, lastDone, metadata, reset, to } from "../store/fragments.ts"
import type { Parameter } from "../store/Query.ts"
import * as rows from "../store/rows.ts"
import { perStore } from "../store/Sql.ts"
import type { Transaction } from "../store/Store.ts"
import { type EditLog, editLog, type Needed } from "./planEditLog.ts"

export type Edit<A = void> = Effect.Effect<A, Conflict | InvalidInput | SqlError>

/** Writes what the operations of one edit do to the plan, and logs each change for the events and the answer. */
export interface PlanWriter {
  readonly log: EditLog
  /** Refuses to change so many more steps than there is room for in one edit. @param path as of `dependOn` */
  readonly roomFor: (more: number, path: string) => Edit
  /** The step of that number, as the operations so far left it: one that the operations edit, or that waits for one of those. */
  readonly at: (num: number) => Step
  /** The same of a step that is depended on. */
  readonly needed: (num: number) => Needed
  /** The steps that it depends on, by number. */
  readonly neededBy: (step: Step) => Edit<ReadonlyArray<Needed>>
  /** The steps that depend on it, by number. Not all of them if they are more than an edit may change. @param known ids to leave out */
  readonly dependentsOf: (step: Step, known?: ReadonlyMap<number, unknown>) => Edit<ReadonlyArray<Step>>
  /** @param path of the part of the request that asks for this, for faults */
  readonly dependOn: (steps: ReadonlyArray<Step>, on: ReadonlyArray<Needed>, path: string) => Edit
  /** @param needed all of them are needed by each of the steps @param path as of `dependOn` */
  readonly dependNoMore: (steps: ReadonlyArray<Step>, needed: ReadonlyArray<Needed>, path: string) => Edit
  /** Gives the step other fields, and returns it. */
  readonly change: (step: Step, given: Partial<PlanChange>) => Edit<Step>
  /** @param more what its event says beside @param path as of `dependOn` */
  readonly cancel: (step: Step, more: object, path: string) => Edit
  /** Keeps its attempt in the history and opens it again; false if that is not allowed. @param reason of the review */
  readonly reopen: (step: Step, reason: string) => Edit<boolean>
  /** Whether the last that was done to the step is that it was reopened for this reason. */
  readonly isReopened: (step: Step, reason: string) => Edit<boolean>
  /** The steps that are at work, or done, on what this one left. At most 10. */
  readonly buildingOn: (step: Step) => Edit<ReadonlyArray<Blocker>>
}

interface Link {
  readonly step_id: number
  readonly depends_on_step_id: number
}

interface Described {
  readonly description: string | null
}

/** Steps that a refusal names at most. */
const maxBuilding = 10

const idsOf = (steps: ReadonlyArray<Needed>): string => JSON.stringify(steps.map(({ id }) => id))

/** Columns of a step that an edit reads: not what agents left on it, which may be much. @param step name or alias of the steps' table */
export const editedColumns = (step: string): string => columnsWithout(step, ["notes", "files_modified"])

export const stepsBy = (tx: Transaction, statement: string, parameters: ReadonlyArray<Parameter>) =>
  Effect.map(tx.all<rows.StepRow>(statement, parameters), (found) => found.map(rows.step))

/**
 * Opens a writer for one edit.
 *
 * @param steps the steps that the operations edit, and those that come to wait for them, by number
 * @param others the steps that the operations name beside, by number
 */
export const planWriter = perStore((sql) => {
  const neededBy = `
    SELECT s.id, s.step_num, s.status FROM ${sql.dependencies} ${sql.join} ${sql.steps} s ON s.id = depends_on_step_id
    WHERE step_id = ? ORDER BY s.step_num`
  const dependentsOf = `
    SELECT ${editedColumns("s")} FROM ${sql.dependencies} ${sql.join} ${sql.steps} s ON s.id = step_id
      AND s.id NOT IN (SELECT value FROM ${sql.items("?", "known", "integer")})
    WHERE depends_on_step_id = ? ORDER BY s.step_num LIMIT ${limits.changes + 1}`
  const link = `
    INSERT INTO ${sql.dependencies} (step_id, depends_on_step_id)
    SELECT step.value, needed.value FROM ${sql.items("?", "step", "integer")} ${sql.join} ${sql.items("?", "needed", "integer")} ON true
    WHERE true ON CONFLICT DO NOTHING RETURNING step_id, depends_on_step_id`
  const unlink = `
    DELETE FROM ${sql.dependencies} WHERE step_id IN (SELECT value FROM ${sql.items("?", "step", "integer")})
      AND depends_on_step_id IN (SELECT value FROM ${sql.items("?", "dropped", "integer")})`
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
    RETURNING ${editedColumns(sql.steps)}`
  const reopened = `
    SELECT 1 FROM ${sql.agent_events} WHERE id = (${lastDone(sql)}) AND event_type = 'reopened'
      AND ${metadata(sql, "reason")} = ?`
  // In the order of the alphabet backwards, merged steps come first: of those, nobody can get rid.
  const building = `
    SELECT ${awaited("s")}, p.name AS project FROM ${sql.dependencies} ${sql.join} ${sql.steps} s ON s.id = step_id
    ${sql.join} ${sql.projects} p ON p.id = s.project_id
    WHERE depends_on_step_id = ? AND ${isBuilding} ORDER BY s.status DESC, s.step_num LIMIT ${maxBuilding}`

  return (tx: Transaction, steps: Map<number, Step>, others: ReadonlyMap<number, Needed>): PlanWriter => {
    const log = editLog(sql)
    let dependencies = 0

    /** Refuses to make or drop so many more dependencies than one edit may. */
    const count = (more: number, path: string): Edit => {
      dependencies += more
      if (dependencies <= limits.links) return Effect.void
      const most = `one edit makes and drops at most ${limits.links} dependencies`
      return invalidInput(path, `${most}: ${fewerDependencies}`)
    }

    const neededOf = (step: Step): Edit<ReadonlyArray<Needed>> => tx.all<Needed>(neededBy, [step.id])

    return {
      log,
      roomFor: (more, path) => {
        if (log.size() + more <= limits.changes) return Effect.void
        const most = `one edit changes at most ${limits.changes} steps`
        return invalidInput(path, `${most}: begin with a part of them, such as the last ones that wait`)
      },
      at: (num) => steps.get(num) as Step,
      needed: (num) => (steps.get(num) ?? others.get(num)) as Needed,
      neededBy: neededOf,
      dependentsOf: (step, known = new Map()) =>
        stepsBy(tx, dependentsOf, [JSON.stringify([...known.keys()]), step.id]),

      dependNoMore: (dependents, needed, path) =>
        Effect.gen(function* () {
          if (dependents.length === 0 || needed.length === 0) return
          yield* count(dependents.length * needed.length, path)
          yield* tx.all(unlink, [idsOf(dependents), idsOf(needed)])
          for (const step of dependents) for (const one of needed) log.unlinked(step, one)
        }),

      dependOn: (dependents, on, path) =>
        Effect.gen(function* () {
          if (dependents.length === 0 || on.length === 0) return
          const needed = new Map(on.map((one) => [one.id as number, one]))
          for (const step of dependents) {
            if (!allows("claim", step.status)) return yield* begun(step)
            // No fault of the request: a step may wait for one that is split, and become a part of it.
            if (needed.has(step.id)) return yield* invalidInput(path, `step ${step.step_num} cannot depend on itself`)
          }
          const cancelled = on.find(({ status }) => status === "cancelled")
          if (cancelled !== undefined) {
            return yield* invalidInput(path, `step ${cancelled.step_num} is cancelled: nothing can depend on it`)
          }
          yield* count(dependents.length * on.length, path)
          const waiting = new Map(dependents.map((step) => [step.id as number, step]))
          for (const made of yield* tx.all<Link>(link, [idsOf(dependents), idsOf([...needed.values()])])) {
            log.linked(waiting.get(made.step_id) as Step, needed.get(made.depends_on_step_id) as Needed)
          }
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

      cancel: (step, more, path) =>
        Effect.gen(function* () {
          const dropped = yield* neededOf(step)
          yield* count(dropped.length, path)
          for (const needed of dropped) log.unlinked(step, needed)
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
