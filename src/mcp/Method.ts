import * as Effect from "effect/Effect"
import type * as Schema from "effect/Schema"
import type { InvalidInput, NotFound, StorageError } from "../domain/Errors.ts"
import type { Coordination } from "../services/Coordination.ts"
import { internalError, invalidParams, type ProtocolError } from "./ProtocolError.ts"
import { decoder } from "./schema/Input.ts"

/** Handles one MCP method. Fails with a protocol error for the client; a bug is a defect. */
export type Method = (params: unknown) => Effect.Effect<object, ProtocolError, Coordination>

/** Handlers by method name. */
export type Methods = Readonly<Record<string, Method>>

/**
 * Maps an error to a protocol error because only tool results have `isError`. The code and message say what the caller
 * can do.
 */
const toProtocolError = (error: ProtocolError | NotFound | InvalidInput | StorageError): ProtocolError => {
  switch (error._tag) {
    case "ProtocolError":
      return error
    case "StorageBusy":
    case "StorageFailure":
    case "OutcomeUnknown":
      return internalError(error.message)
    default:
      return invalidParams(error.message)
  }
}

/** Returns a method that decodes its params with the schema. Unknown params, such as _meta, are ignored. */
export const method = <A, I, R extends Coordination>(
  params: Schema.Schema<A, I>,
  run: (params: A) => Effect.Effect<object, ProtocolError | NotFound | InvalidInput | StorageError, R>
): Method => {
  const decode = decoder(params, "ignore")
  return (input) =>
    Effect.suspend(() => decode(input ?? {})).pipe(Effect.flatMap(run), Effect.mapError(toProtocolError))
}
