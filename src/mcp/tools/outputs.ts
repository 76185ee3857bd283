import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import { CompletedStep, PlanUpdated, Project, Step } from "../../domain/Entities.ts"

/** A result of which the schema names a few fields. The others come along; naming them all with each tool would cost tokens. */
const naming = <Fields extends Schema.Struct.Fields>(fields: Fields) =>
  Schema.Struct(fields, { key: Schema.String, value: Schema.Unknown })

const step = { id: Step.fields.id, status: Step.fields.status }
const project = { id: Project.fields.id, name: Project.fields.name, status: Project.fields.status }

export const next_cursor = Schema.optional(Schema.String)

export const StepTold = naming(step)
export type StepTold = typeof StepTold.Type

export const StepCompleted = naming({ ...step, overlaps: CompletedStep.fields.overlaps })

export const ProjectTold = naming(project)

export const ProjectPaged = naming({ ...project, steps: Schema.Array(Step), next_cursor })

const { added, cancelled, changed, revision } = PlanUpdated.fields

export const ProjectEdited = naming({ ...project, revision, added, changed, cancelled })

export const StepsListed = Schema.Struct({ steps: Schema.Array(Step), next_cursor })

/** The answer of a tool that writes a step. */
export const written = <E, R>(write: Effect.Effect<Step, E, R>): Effect.Effect<StepTold, E, R> =>
  Effect.map(write, (step) => ({ ok: true, ...step }))
