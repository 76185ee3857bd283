import * as Effect from "effect/Effect"
import * as ParseResult from "effect/ParseResult"
import * as Schema from "effect/Schema"
import { UsageError } from "./failures.ts"

/** Returns a check of an argument by the schema of the request that it becomes a part of. @param name as the help has it */
export const checked = <A, I>(name: string, schema: Schema.Schema<A, I>) => {
  const decode = Schema.decodeUnknown(schema)
  return (given: unknown): Effect.Effect<A, UsageError> =>
    Effect.mapError(decode(given), (error) => {
      const [issue] = ParseResult.ArrayFormatter.formatErrorSync(error)
      return new UsageError({ reason: `<${name}> ${issue?.message}.`, advice: "Nothing was changed." })
    })
}
