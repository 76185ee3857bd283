import * as Effect from "effect/Effect"
import type { Coordination } from "../services/Coordination.ts"
import { Leases, type SignOfLife } from "../services/Leases.ts"

/** Maximum delay of an answer by a renewal while another process locks the database. The next call renews, too. */
const renewTimeout = "100 millis"

/** Renews the caller's leases. A failed renewal does not fail the call. */
const renew = (call: SignOfLife): Effect.Effect<void, never, Leases> =>
  Effect.flatMap(Leases, (leases) => leases.touch(call)).pipe(
    Effect.timeoutOption(renewTimeout),
    Effect.catchAllCause((cause) => Effect.logWarning("leases could not be renewed", cause))
  )

/**
 * When a call renews the leases of its agent: `after` it has succeeded, `before` it runs, or `throughout`, because the agent that waits for its
 * answer gives no other sign of life.
 */
export type When = "after" | "before" | "throughout"

/** Renews the leases of the agent that makes the call. Every sign of life of an MCP client is given here. */
export const withSignOfLife = <A, E, R extends Coordination>(
  call: Effect.Effect<A, E, R>,
  by: SignOfLife | undefined,
  when: When
): Effect.Effect<A, E, R | Leases> => {
  if (by === undefined) return call
  switch (when) {
    case "after":
      return Effect.zipLeft(call, renew(by))
    case "before":
      return Effect.zipRight(renew(by), call)
    case "throughout":
      return Effect.scoped(
        Effect.zipRight(
          Effect.flatMap(Leases, ({ keepAlive }) => keepAlive(by)),
          call
        )
      )
  }
}
