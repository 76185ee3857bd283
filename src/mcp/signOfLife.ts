import * as Effect from "effect/Effect"
import { Leases, type SignOfLife } from "../services/Leases.ts"

/** Maximum delay of an answer by a renewal while another process locks the database. The next call renews, too. */
const renewTimeout = "100 millis"

/** Renews the leases of the agent whose call has succeeded. A failed renewal does not fail the call. */
export const renewAfter = (call: SignOfLife | undefined): Effect.Effect<void, never, Leases> =>
  call === undefined
    ? Effect.void
    : Effect.flatMap(Leases, (leases) => leases.touch(call)).pipe(
        Effect.timeoutOption(renewTimeout),
        Effect.catchAllCause((cause) => Effect.logWarning("leases could not be renewed", cause))
      )

/** Renews the leases of an agent for as long as its call waits, because it gives no other sign of life. */
export const renewDuring =
  (call: SignOfLife) =>
  <A, E>(waiting: Effect.Effect<A, E>): Effect.Effect<A, E, Leases> =>
    Effect.scoped(
      Effect.zipRight(
        Effect.flatMap(Leases, (leases) => leases.keepAlive(call)),
        waiting
      )
    )
