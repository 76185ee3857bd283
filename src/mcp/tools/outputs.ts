import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import { CompletedStep, Step } from "../../domain/Entities.ts"
import { StepId, StepNum } from "../../domain/Ids.ts"
import { StepStatus } from "../../domain/Status.ts"

/** The step as a write left it. Its other fields come along; naming them all in each tool's schema would cost tokens. */
export const StepWritten = Schema.Struct(
  { ok: Schema.Literal(true), id: StepId, step_num: StepNum, status: StepStatus, attempt: Schema.Int },
  { key: Schema.String, value: Schema.Unknown }
)
export type StepWritten = typeof StepWritten.Type

export const StepCompleted = Schema.Struct(
  { ...StepWritten.fields, overlaps: CompletedStep.fields.overlaps },
  { key: Schema.String, value: Schema.Unknown }
)

/** The answer of a tool that writes a step. */
export const written = <E, R>(write: Effect.Effect<Step, E, R>): Effect.Effect<StepWritten, E, R> =>
  Effect.map(write, (step) => ({ ok: true, ...step }))

export const StepsListed = Schema.Struct({
  steps: Schema.Array(Step),
  next_cursor: Schema.optional(Schema.String)
})
