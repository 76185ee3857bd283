import type { Fault } from "../Errors.ts"
import type { PlanChange, PlanOperation, StepDefinition } from "../Requests.ts"
import { limits } from "../Text.ts"
import { sizeFaults } from "./Size.ts"

type Field = Exclude<keyof PlanChange, "op" | "step_num">

/** Required and optional fields of each operation, besides `step_num`. */
const fields: { readonly [Op in PlanOperation["op"]]: Readonly<Record<"needs" | "takes", ReadonlyArray<Field>>> } = {
  add: {
    needs: ["branch", "scope"],
    takes: ["title", "description", "depends_on", "needed_by", "priority", "estimate_minutes", "files"]
  },
  change: {
    needs: [],
    takes: ["branch", "scope", "title", "description", "depends_on", "priority", "estimate_minutes", "files", "clear"]
  },
  cancel: { needs: [], takes: ["dependents"] },
  split: { needs: ["into"], takes: [] },
  reopen: { needs: ["reason"], takes: [] }
}

/** A new step, and its path in the request. */
export interface NewStep {
  readonly path: string
  readonly definition: StepDefinition
}

/** Returns the steps that the operations add. They are complete if the operations have no faults. */
export const newSteps = (operations: ReadonlyArray<PlanOperation>): ReadonlyArray<NewStep> =>
  operations.flatMap((operation, index): ReadonlyArray<NewStep> => {
    const path = `operations.${index}`
    if (operation.op === "split") {
      return (operation.into ?? []).map((definition, at) => ({ path: `${path}.into.${at}`, definition }))
    }
    return operation.op === "add" ? [{ path, definition: operation as StepDefinition }] : []
  })

/** Returns the branches that the operations give to steps. */
export const branches = (operations: ReadonlyArray<PlanOperation>): ReadonlySet<string> =>
  new Set(
    operations.flatMap(({ branch, into = [] }) => [
      ...(branch === undefined ? [] : [branch]),
      ...into.map((part) => part.branch)
    ])
  )

/**
 * Returns the priority of each step number after the operations. A part without one inherits the priority of the split
 * step.
 *
 * @param existing priorities of the existing steps
 */
export const priorities = (
  operations: ReadonlyArray<PlanOperation>,
  existing: Iterable<readonly [num: number, priority: number]>
): ReadonlyMap<number, number | undefined> => {
  const known = new Map<number, number | undefined>(existing)
  for (const { op, priority = 0, step_num } of operations) if (op === "add") known.set(step_num, priority)
  for (const { into = [], op, priority, step_num } of operations) {
    if (op === "change" && priority !== undefined) known.set(step_num, priority)
    for (const part of into) {
      known.set(part.step_num, known.get(part.step_num) ?? part.priority ?? known.get(step_num))
    }
  }
  return known
}

/** Returns the numbers of existing steps that an operation refers to, with the path of each. */
const references = (operation: PlanOperation, path: string): ReadonlyArray<readonly [path: string, num: number]> => {
  const listed = (list: ReadonlyArray<number> | undefined, at: string) =>
    (list ?? []).map((num, index) => [`${at}.${index}`, num] as const)
  return [
    ...(operation.op === "add" ? [] : [[`${path}.step_num`, operation.step_num] as const]),
    ...listed(operation.depends_on, `${path}.depends_on`),
    ...listed(operation.needed_by, `${path}.needed_by`),
    ...(operation.into ?? []).flatMap((part, at) => listed(part.depends_on, `${path}.into.${at}.depends_on`))
  ]
}

/**
 * Returns the numbers of the steps that the operations edit or add, or that come to wait for a new one (`edited`), and of those that
 * they name in dependencies only (`needed`).
 */
export const numbersIn = (
  operations: ReadonlyArray<PlanOperation>
): { readonly edited: ReadonlySet<number>; readonly needed: ReadonlyArray<number> } => {
  const edited = new Set([
    ...newSteps(operations).map(({ definition }) => definition.step_num),
    ...operations.flatMap(({ needed_by = [], step_num }) => [step_num, ...needed_by])
  ])
  const needed = operations.flatMap(({ depends_on = [], into = [] }) => [
    ...depends_on,
    ...into.flatMap((part) => part.depends_on ?? [])
  ])
  return { edited, needed: [...new Set(needed)].filter((num) => !edited.has(num)) }
}

const formFaults = (operation: PlanChange, path: string): ReadonlyArray<Fault> => {
  const { needs, takes } = fields[operation.op]
  const given = Object.keys(operation).filter((field): field is Field => field !== "op" && field !== "step_num")
  const missing = needs.filter((field) => operation[field] === undefined)
  return [
    ...missing.map((field) => ({ path: `${path}.${field}`, message: `is needed to ${operation.op} a step` })),
    ...given
      .filter((field) => operation[field] !== undefined && !needs.includes(field) && !takes.includes(field))
      .map((field) => ({ path: `${path}.${field}`, message: `is not taken by ${operation.op}` })),
    ...(operation.op === "change" && given.length === 0 ? [{ path, message: "names nothing to change" }] : [])
  ]
}

const selfFaults = (
  step: Pick<PlanOperation, "depends_on" | "needed_by" | "step_num">,
  path: string
): ReadonlyArray<Fault> =>
  (["depends_on", "needed_by"] as const).flatMap((field) =>
    (step[field] ?? []).flatMap((num, at) =>
      num === step.step_num ? [{ path: `${path}.${field}.${at}`, message: `step ${num} cannot depend on itself` }] : []
    )
  )

/** Returns what of the operations is too much for one edit. That shows without the plan, and so without the write lock. */
export const excesses = (operations: ReadonlyArray<PlanOperation>): ReadonlyArray<Fault> => {
  const path = "operations"
  const added = newSteps(operations).map(({ definition }) => definition.step_num)
  const changed = new Set([...added, ...operations.flatMap(({ needed_by = [] }) => needed_by)])
  const tooMany = `must add at most ${limits.changes} steps, those of needed_by included: add the others with another call`
  const reopened = operations.filter(({ op }) => op === "reopen").length
  const tooManyReopened = `must reopen at most ${limits.reopened} steps`
  return [
    ...(changed.size > limits.changes ? [{ path, message: tooMany }] : []),
    ...(reopened > limits.reopened ? [{ path, message: tooManyReopened }] : []),
    ...sizeFaults(path, [...operations, ...operations.flatMap(({ into = [] }) => into)], limits.links)
  ]
}

/**
 * Returns every fault of the operations: missing or unexpected fields, used or unknown step numbers, and self
 * dependencies. Operations may refer to steps that earlier or later ones add.
 *
 * @param existing the step numbers of the plan
 */
export const faults = (operations: ReadonlyArray<PlanChange>, existing: ReadonlySet<number>): ReadonlyArray<Fault> => {
  const added = newSteps(operations)
  const seen = new Set(existing)
  const duplicates: Array<Fault> = []
  for (const { definition, path } of added) {
    const { step_num } = definition
    if (seen.has(step_num))
      duplicates.push({ path: `${path}.step_num`, message: `${step_num} is already used in this plan` })
    seen.add(step_num)
  }
  return [
    ...operations.flatMap((operation, index) => formFaults(operation, `operations.${index}`)),
    ...duplicates,
    ...operations.flatMap((operation, index) => [
      ...selfFaults(operation, `operations.${index}`),
      ...(operation.into ?? []).flatMap((part, at) => selfFaults(part, `operations.${index}.into.${at}`))
    ]),
    ...operations.flatMap((operation, index) =>
      references(operation, `operations.${index}`)
        .filter(([, num]) => !seen.has(num))
        .map(([path, num]) => ({ path, message: `there is no step ${num} in this plan` }))
    )
  ]
}
