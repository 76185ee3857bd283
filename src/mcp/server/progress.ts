import type { JSONRPCRequest, ServerNotification } from "@modelcontextprotocol/sdk/types.js"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"
import type { ToolCall } from "./toolCall.ts"

const interval = Duration.seconds(10)

/** Returns the total and message of a waiting call's progress, in seconds. */
const waitOf = (request: JSONRPCRequest | ToolCall) => {
  const { wait_seconds } = (request.params?.arguments ?? {}) as { readonly wait_seconds?: unknown }
  const total = Number(wait_seconds)
  return total > 0 ? { total, message: "waiting for a step" } : {}
}

/**
 * Returns a wrapper that notifies the client every 10 seconds while its call runs. Undefined if the request has no
 * progress token.
 *
 * @param send sends a notification about the request
 */
export const progressOf = (
  request: JSONRPCRequest | ToolCall,
  send: (notification: ServerNotification) => Promise<void>
): (<A, E, R>(call: Effect.Effect<A, E, R>) => Effect.Effect<A, E, Exclude<R, Scope.Scope>>) | undefined => {
  const progressToken = request.params?._meta?.progressToken
  if (progressToken === undefined) return undefined
  const wait = waitOf(request)
  // Sending fails only if the client has disconnected, which the transport notices.
  const notify = (progress: number) =>
    Effect.ignore(
      Effect.tryPromise(() => send({ method: "notifications/progress", params: { progressToken, progress, ...wait } }))
    )
  const notifyFrom = (seconds: number): Effect.Effect<never> =>
    Effect.sleep(interval).pipe(
      Effect.zipRight(notify(seconds)),
      Effect.zipRight(Effect.suspend(() => notifyFrom(seconds + Duration.toSeconds(interval))))
    )
  return (call) => Effect.scoped(Effect.zipRight(Effect.forkScoped(notifyFrom(Duration.toSeconds(interval))), call))
}
