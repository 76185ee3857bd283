import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import { Step } from "../../domain/Entities.ts"

/**
 * A result whose schema names no field, because each name costs every agent tokens. Only pages, cursors and the answer
 * of a claim are named: what a caller must look for.
 */
export const AnyResult = Schema.Struct({}, { key: Schema.String, value: Schema.Unknown })
export type AnyResult = typeof AnyResult.Type

export const next_cursor = Schema.optional(Schema.String)

export const ProjectPageResult = Schema.Struct(
  { steps: Schema.Array(Step), next_cursor },
  { key: Schema.String, value: Schema.Unknown }
)

export const StepsPageResult = Schema.Struct({ steps: Schema.Array(Step), next_cursor })

/** The result of a tool that changes a step. */
export const written = <E, R>(write: Effect.Effect<Step, E, R>): Effect.Effect<AnyResult, E, R> =>
  Effect.map(write, (step) => ({ ok: true, ...step }))
