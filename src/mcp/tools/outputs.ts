import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import { CompletedStep, PlanUpdated, Step } from "../../domain/Entities.ts"

/**
 * A struct whose schema names only the fields that are special to a tool. Those of every step or project pass through;
 * naming them would cost tokens in every tool.
 */
const openStruct = <Fields extends Schema.Struct.Fields>(fields: Fields) =>
  Schema.Struct(fields, { key: Schema.String, value: Schema.Unknown })

export const next_cursor = Schema.optional(Schema.String)

export const StepResult = openStruct({})
export type StepResult = typeof StepResult.Type

export const CompletedStepResult = openStruct({ overlaps: CompletedStep.fields.overlaps })

export const ProjectResult = openStruct({})

export const ProjectPageResult = openStruct({ steps: Schema.Array(Step), next_cursor })

const { added, cancelled, changed, revision } = PlanUpdated.fields

export const PlanUpdateResult = openStruct({ revision, added, changed, cancelled })

export const StepsPageResult = Schema.Struct({ steps: Schema.Array(Step), next_cursor })

/** The result of a tool that changes a step. */
export const written = <E, R>(write: Effect.Effect<Step, E, R>): Effect.Effect<StepResult, E, R> =>
  Effect.map(write, (step) => ({ ok: true, ...step }))
