import * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"
import { Leases, type SignOfLife } from "../services/Leases.ts"

/** Maximum delay of an answer by a renewal while another process locks the database. The next call renews, too. */
const renewTimeout = "100 millis"

/** Renews the leases of the agent whose call has succeeded. A failed renewal does not fail the call. */
export const renewAfter = (call: SignOfLife | undefined): Effect.Effect<void, never, Leases> =>
  call === undefined
    ? Effect.void
    : Effect.flatMap(Leases, (leases) => leases.touch(call, renewTimeout)).pipe(
        Effect.catchAllCause((cause) => Effect.logWarning("leases could not be renewed", cause))
      )

/** Renews the leases of an agent until the scope closes, because it gives no other sign of life while its call waits. */
export const renewDuring = (call: SignOfLife): Effect.Effect<void, never, Leases | Scope.Scope> =>
  Effect.flatMap(Leases, (leases) => leases.keepAlive(call))
