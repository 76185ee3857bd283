import * as Schema from "effect/Schema"
import { StepNum } from "../../domain/Ids.ts"
import { allows } from "../../domain/Lifecycle.ts"
import { type Clearable, clearable, type PlanChange, type StepDefinition } from "../../domain/Requests.ts"
import type { WholePlan } from "../../services/Projects.ts"
import { definitionOf, definitionOfStored, type PlanFile } from "./PlanFile.ts"
import type { Fault } from "./parse.ts"

/** A field before and after; absent where it has no value. */
const FieldChange = Schema.Struct({
  field: Schema.String,
  from: Schema.optional(Schema.Unknown),
  to: Schema.optional(Schema.Unknown)
})
export type FieldChange = typeof FieldChange.Type

/** What an import changes, or would. Steps go by their numbers. */
export const Change = Schema.Struct({
  project: Schema.String,
  /** Whether the import makes the project. */
  is_new: Schema.Boolean,
  /** Changes of the project itself. */
  settings: Schema.Array(FieldChange),
  added: Schema.Array(Schema.Struct({ num: StepNum, branch: Schema.String, title: Schema.optional(Schema.String) })),
  changed: Schema.Array(Schema.Struct({ num: StepNum, fields: Schema.Array(FieldChange) })),
  cancelled: Schema.Array(StepNum)
})
export type Change = typeof Change.Type

/** A change, and what makes it. */
export interface Comparison {
  readonly change: Change
  /** What forbids it. */
  readonly faults: ReadonlyArray<Fault>
  readonly added: ReadonlyArray<StepDefinition>
  readonly edits: ReadonlyArray<PlanChange>
  readonly cancelled: ReadonlyArray<number>
}

export const isEmpty = ({ added, cancelled, changed, is_new, settings }: Change): boolean =>
  !is_new && added.length + cancelled.length + changed.length + settings.length === 0

/** Fields of a step that a change replaces, with what stands for none. */
const fields = {
  title: undefined,
  branch: undefined,
  scope: undefined,
  depends_on: [],
  files: [],
  estimate_minutes: undefined,
  priority: 0,
  description: undefined
} as const satisfies Partial<Record<keyof StepDefinition, unknown>>
type Field = keyof typeof fields

const names = Object.keys(fields) as ReadonlyArray<Field>

const fileName = (field: Field): string => (field === "estimate_minutes" ? "estimate" : field)

const valueOf = (step: StepDefinition, field: Field): unknown =>
  field === "depends_on" ? [...new Set(step.depends_on)].sort((a, b) => a - b) : (step[field] ?? fields[field])

const isClearable = (field: Field): field is Clearable => (clearable as ReadonlyArray<string>).includes(field)

const compareStep = (before: StepDefinition, after: StepDefinition) => {
  const differing = names.filter(
    (field) => JSON.stringify(valueOf(before, field)) !== JSON.stringify(valueOf(after, field))
  )
  const clear = differing.filter(isClearable).filter((field) => after[field] === undefined)
  const given = differing.filter((field) => !(clear as ReadonlyArray<Field>).includes(field))
  const operation = {
    op: "change",
    step_num: after.step_num,
    ...Object.fromEntries(given.map((field) => [field, valueOf(after, field)])),
    ...(clear.length === 0 ? {} : { clear })
  } as PlanChange
  const told = differing.map((field): FieldChange => {
    const [from, to] = [valueOf(before, field), valueOf(after, field)]
    return { field: fileName(field), ...(from === undefined ? {} : { from }), ...(to === undefined ? {} : { to }) }
  })
  return { operation, told }
}

const addedOf = ({ branch, step_num, title }: StepDefinition) => ({
  num: step_num,
  branch,
  ...(title === undefined ? {} : { title })
})

const newProject = (plan: PlanFile): Comparison => {
  const added = plan.steps.map(definitionOf)
  return {
    change: { project: plan.name, is_new: true, settings: [], added: added.map(addedOf), changed: [], cancelled: [] },
    faults: [
      ...(plan.base_commit === undefined
        ? [{ path: ["base_commit"], message: "is missing: a new project needs the commit that worktrees start from" }]
        : []),
      ...(plan.steps.length === 0 ? [{ path: ["steps"], message: "must have at least 1 step" }] : [])
    ],
    added,
    edits: [],
    cancelled: []
  }
}

/** Compares a file with what is stored under its name. @param before undefined if there is no such project */
export const compare = (plan: PlanFile, before: WholePlan | undefined): Comparison => {
  if (before === undefined) return newProject(plan)
  const { project } = before
  const stored = new Map(before.steps.map((step) => [step.step_num as number, step]))
  const faults: Array<Fault> = []
  const added: Array<StepDefinition> = []
  const edits: Array<PlanChange> = []
  const changed: Array<Change["changed"][number]> = []
  if (plan.base_commit !== undefined && plan.base_commit !== project.base_commit) {
    const is = project.base_commit === undefined ? "left out" : `"${project.base_commit}"`
    faults.push({ path: ["base_commit"], message: `must stay ${is}: work has its start there` })
  }
  for (const [index, step] of plan.steps.entries()) {
    const definition = definitionOf(step)
    const known = stored.get(step.num)
    stored.delete(step.num)
    const path = ["steps", index]
    if (known === undefined) added.push(definition)
    else if (known.status === "cancelled") {
      faults.push({
        path: [...path, "num"],
        message: `step ${step.num} was cancelled: give the new step another number`
      })
    } else {
      const { operation, told } = compareStep(definitionOfStored(known), definition)
      const [first] = told
      if (first === undefined) continue
      if (!allows("claim", known.status)) {
        const message = `cannot change: step ${step.num} is ${known.status}, and a plan is edited only where work has not begun`
        faults.push({ path: [...path, first.field], message })
      }
      edits.push(operation)
      changed.push({ num: step.num, fields: told })
    }
  }
  const missing = [...stored.values()].filter(({ status }) => status !== "cancelled")
  for (const { status, step_num } of missing) {
    if (allows("cancel", status)) continue
    faults.push({ path: ["steps"], message: `must have step ${step_num}, which is ${status} and cannot be cancelled` })
  }
  const settings = (["unblock_on", "priority"] as const).flatMap((field) =>
    plan[field] === undefined || plan[field] === project[field]
      ? []
      : [{ field, from: project[field], to: plan[field] }]
  )
  const cancelled = missing.map(({ step_num }) => step_num)
  return {
    change: { project: project.name, is_new: false, settings, added: added.map(addedOf), changed, cancelled },
    faults,
    added,
    edits,
    cancelled
  }
}
