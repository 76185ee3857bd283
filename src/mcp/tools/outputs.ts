import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import { CompletedStep, PlanUpdated, Project, Step } from "../../domain/Entities.ts"

/**
 * A struct whose schema names only some fields. The others pass through; naming all of them would cost tokens in every
 * tool.
 */
const openStruct = <Fields extends Schema.Struct.Fields>(fields: Fields) =>
  Schema.Struct(fields, { key: Schema.String, value: Schema.Unknown })

const step = { id: Step.fields.id, status: Step.fields.status }
const project = { id: Project.fields.id, name: Project.fields.name, status: Project.fields.status }

export const next_cursor = Schema.optional(Schema.String)

export const StepResult = openStruct(step)
export type StepResult = typeof StepResult.Type

export const CompletedStepResult = openStruct({ ...step, overlaps: CompletedStep.fields.overlaps })

export const ProjectResult = openStruct(project)

export const ProjectPageResult = openStruct({ ...project, steps: Schema.Array(Step), next_cursor })

const { added, cancelled, changed, reopened, revision } = PlanUpdated.fields

export const PlanUpdateResult = openStruct({ ...project, revision, added, changed, cancelled, reopened })

export const StepsPageResult = Schema.Struct({ steps: Schema.Array(Step), next_cursor })

/** The result of a tool that changes a step. */
export const written = <E, R>(write: Effect.Effect<Step, E, R>): Effect.Effect<StepResult, E, R> =>
  Effect.map(write, (step) => ({ ok: true, ...step }))
