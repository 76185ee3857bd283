import * as Clock from "effect/Clock"
import * as Context from "effect/Context"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import type { Timestamp } from "../../domain/Text.ts"

/** The latest moment that ISO text with a four-digit year can express. */
const latest = Date.UTC(9999, 11, 31, 23, 59, 59, 999)

/** UTC text of a moment in milliseconds since 1970, kept within the years 1970 to 9999, so that text sorts as time does. */
export const timestamp = (millis: number): Timestamp =>
  new Date(Math.min(Math.max(millis, 0), latest)).toISOString() as Timestamp

/** One moment, and others relative to it. */
export interface Time {
  /** Milliseconds since 1970. */
  readonly millis: number
  readonly at: Timestamp
  readonly in: (duration: Duration.Duration) => Timestamp
  readonly ago: (duration: Duration.Duration) => Timestamp
}

/** The moment at `millis` since 1970. */
const timeAt = (millis: number): Time => ({
  millis,
  at: timestamp(millis),
  in: (duration) => timestamp(millis + Duration.toMillis(duration)),
  ago: (duration) => timestamp(millis - Duration.toMillis(duration))
})

/** Now by Effect's clock. */
export const now: Effect.Effect<Time> = Effect.withFiberRuntime((fiber) =>
  Effect.succeed(timeAt(Context.get(fiber.currentDefaultServices, Clock.Clock).unsafeCurrentTimeMillis()))
)

/** Milliseconds of the steady clock, for timeouts: the wall clock may be set during a wait. */
export const steadyMillis: Effect.Effect<number> = Effect.map(Clock.currentTimeNanos, (nanos) => Number(nanos) / 1e6)
