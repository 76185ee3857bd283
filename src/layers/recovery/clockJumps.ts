import * as Clock from "effect/Clock"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"

/**
 * Notices that this process stood still, that its machine slept, or that the clock was set. To be run once an interval: returns by how
 * many milliseconds the time since the last run was more than that, or less; 0 if by no more than an interval. A sleep in which a lease
 * ends is longer, because leases last three intervals.
 */
export const clockJumps = (interval: Duration.Duration): Effect.Effect<Effect.Effect<number>> =>
  Effect.map(Clock.currentTimeMillis, (start) => {
    const expected = Duration.toMillis(interval)
    let last = start
    return Effect.map(Clock.currentTimeMillis, (now) => {
      const gap = now - last
      last = now
      return Math.abs(gap) > 2 * expected ? gap - expected : 0
    })
  })
