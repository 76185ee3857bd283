import type { JSONRPCRequest, ServerNotification } from "@modelcontextprotocol/sdk/types.js"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"

const every = Duration.seconds(10)

/** How long the call waits at most, in seconds, where it does: then that is what it is at. */
const waitOf = (request: JSONRPCRequest) => {
  const { wait_seconds } = (request.params?.arguments ?? {}) as { readonly wait_seconds?: unknown }
  const total = Number(wait_seconds)
  return total > 0 ? { total, message: "waiting for a step" } : {}
}

/**
 * Keeps a client informed that its call is at work, every 10 seconds until it is answered; undefined where the client has not asked for
 * that by a progress token.
 *
 * @param send sends a notification about the request
 */
export const progressOf = (
  request: JSONRPCRequest,
  send: (notification: ServerNotification) => Promise<void>
): (<A, E, R>(call: Effect.Effect<A, E, R>) => Effect.Effect<A, E, Exclude<R, Scope.Scope>>) | undefined => {
  const progressToken = request.params?._meta?.progressToken
  if (progressToken === undefined) return undefined
  const wait = waitOf(request)
  // Where it cannot be sent, the client has gone, which the transport notices.
  const tell = (progress: number) =>
    Effect.ignore(
      Effect.tryPromise(() => send({ method: "notifications/progress", params: { progressToken, progress, ...wait } }))
    )
  const telling = (seconds: number): Effect.Effect<never> =>
    Effect.sleep(every).pipe(
      Effect.zipRight(tell(seconds)),
      Effect.zipRight(Effect.suspend(() => telling(seconds + Duration.toSeconds(every))))
    )
  return (call) => Effect.scoped(Effect.zipRight(Effect.forkScoped(telling(Duration.toSeconds(every))), call))
}
