import * as Effect from "effect/Effect"
import type * as Schema from "effect/Schema"
import type { InvalidInput, NotFound, StorageError } from "../domain/Errors.ts"
import type { Coordination } from "../services/Coordination.ts"
import { internalError, invalidParams, type ProtocolError } from "./ProtocolError.ts"
import { decoder } from "./schema/Input.ts"

/** Answers one of MCP's methods; fails with what the client is told, and dies of what it is not. */
export type Method = (params: unknown) => Effect.Effect<object, ProtocolError, Coordination>

/** Handlers by the names of their methods. */
export type Methods = Readonly<Record<string, Method>>

/** There is no isError here, as a tool's result has it: what the caller can act on is told by the code and the message. */
const told = (error: ProtocolError | NotFound | InvalidInput | StorageError): ProtocolError => {
  switch (error._tag) {
    case "ProtocolError":
      return error
    case "StorageBusy":
    case "StorageFailure":
      return internalError(error.message)
    default:
      return invalidParams(error.message)
  }
}

/** A method whose params are decoded by the schema; those that it does not name, such as _meta, are none of hq's business. */
export const method = <A, I, R extends Coordination>(
  params: Schema.Schema<A, I>,
  run: (params: A) => Effect.Effect<object, ProtocolError | NotFound | InvalidInput | StorageError, R>
): Method => {
  const decode = decoder(params, "ignore")
  return (input) => Effect.suspend(() => decode(input ?? {})).pipe(Effect.flatMap(run), Effect.mapError(told))
}
