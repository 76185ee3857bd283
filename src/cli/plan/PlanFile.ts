import * as Schema from "effect/Schema"
import type { Project, Step } from "../../domain/Entities.ts"
import { object, optional } from "../../domain/parameters.ts"
import { CreateProject, StepDefinition } from "../../domain/Requests.ts"
import { StepStatus } from "../../domain/Status.ts"
import { jsonFormat } from "../base/Command.ts"

/*
 * The plan file: what `hq plan` reads and writes, as YAML or JSON. docs/cli.md documents it. Names of fields are short, because people
 * type them.
 */

const { depends_on, description, estimate_minutes, priority, ...named } = StepDefinition.fields

export const FileStep = object({
  num: named.step_num,
  title: named.title,
  branch: named.branch,
  scope: named.scope,
  depends_on,
  files: named.files,
  estimate: estimate_minutes,
  priority,
  description,
  /** As it was at the export; an import does not look at it. */
  status: optional(StepStatus)
})
export type FileStep = typeof FileStep.Type

export const PlanFile = object({
  /** Version of the format. */
  format: optional(Schema.Literal(jsonFormat)),
  name: CreateProject.fields.name,
  base_commit: optional(CreateProject.fields.base_commit),
  unblock_on: CreateProject.fields.unblock_on,
  priority: CreateProject.fields.priority,
  steps: Schema.Array(FileStep).annotations({ message: () => "must be a list of steps" })
})
export type PlanFile = typeof PlanFile.Type

/** The step as requests have it. What the file leaves out has its default. */
export const definitionOf = ({ estimate, num, status: _, ...step }: FileStep): StepDefinition => ({
  ...step,
  step_num: num,
  ...(estimate === undefined ? {} : { estimate_minutes: estimate })
})

/** The definition that a stored step has. Fields with their default are left out, as a person does. */
export const definitionOfStored = (step: Step): StepDefinition => ({
  step_num: step.step_num,
  branch: step.branch,
  scope: step.scope,
  ...(step.title === undefined ? {} : { title: step.title }),
  ...(step.description === undefined ? {} : { description: step.description }),
  ...(step.depends_on === undefined || step.depends_on.length === 0 ? {} : { depends_on: step.depends_on }),
  ...(step.priority === 0 ? {} : { priority: step.priority }),
  ...(step.estimate_minutes === undefined ? {} : { estimate_minutes: step.estimate_minutes }),
  ...(step.files === undefined || step.files.length === 0 ? {} : { files: step.files })
})

/** The file of a stored plan. Cancelled steps are no part of it any more. */
export const fileOf = (project: Project, steps: ReadonlyArray<Step>): PlanFile => ({
  name: project.name,
  ...(project.base_commit === undefined ? {} : { base_commit: project.base_commit }),
  unblock_on: project.unblock_on,
  priority: project.priority,
  steps: steps
    .filter(({ status }) => status !== "cancelled")
    .map((step) => {
      const { estimate_minutes, step_num, ...definition } = definitionOfStored(step)
      return {
        num: step_num,
        ...definition,
        ...(estimate_minutes === undefined ? {} : { estimate: estimate_minutes }),
        status: step.status
      }
    })
})
