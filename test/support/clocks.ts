import * as Clock from "effect/Clock"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"

/** A wall clock that can be moved, while timers and the steady clock go on as those of the test. */
export const movableClock = Effect.map(Effect.clock, (test) => {
  let moved = 0
  const clock: Clock.Clock = {
    [Clock.ClockTypeId]: Clock.ClockTypeId,
    unsafeCurrentTimeMillis: () => test.unsafeCurrentTimeMillis() + moved,
    currentTimeMillis: Effect.map(test.currentTimeMillis, (millis) => millis + moved),
    unsafeCurrentTimeNanos: () => test.unsafeCurrentTimeNanos(),
    currentTimeNanos: test.currentTimeNanos,
    sleep: (duration) => test.sleep(duration)
  }
  return {
    clock,
    move: (duration: Duration.DurationInput) => {
      moved += Duration.toMillis(duration)
    },
    moveBack: (duration: Duration.DurationInput) => {
      moved -= Duration.toMillis(duration)
    }
  }
})
