import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"

/** Runs an effect for as long as another is at work: it is not waited for, and ends with that. */
export const meanwhile =
  (beside: Effect.Effect<unknown>) =>
  <A, E, R>(self: Effect.Effect<A, E, R>): Effect.Effect<A, E, R> =>
    Effect.acquireUseRelease(Effect.forkDaemon(Effect.interruptible(beside)), () => self, Fiber.interrupt)
