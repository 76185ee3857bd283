import type * as Effect from "effect/Effect"

/** Of an uninterruptible region: runs an effect as interruptibly as outside of the region. */
export type Restore = <A, E, R>(self: Effect.Effect<A, E, R>) => Effect.Effect<A, E, R>
