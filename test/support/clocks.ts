import * as Clock from "effect/Clock"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"

/** A wall clock that can be moved, while timers and the steady clock go on as those of the test. */
export const movableClock = Effect.map(Effect.clock, (test) => {
  let moved = 0
  let reads = 0
  let jump: { readonly atRead: number; readonly millis: number } | undefined
  const move = (duration: Duration.DurationInput) => {
    moved += Duration.toMillis(duration)
  }
  const read = () => {
    reads++
    if (jump !== undefined && reads >= jump.atRead) {
      moved += jump.millis
      jump = undefined
    }
    return test.unsafeCurrentTimeMillis() + moved
  }
  const clock: Clock.Clock = {
    [Clock.ClockTypeId]: Clock.ClockTypeId,
    unsafeCurrentTimeMillis: read,
    currentTimeMillis: Effect.sync(read),
    unsafeCurrentTimeNanos: () => test.unsafeCurrentTimeNanos(),
    currentTimeNanos: test.currentTimeNanos,
    sleep: (duration) => test.sleep(duration)
  }
  return {
    clock,
    move,
    /** Moves the clock at its `count`-th reading from now. Call what is returned to end that: it tells whether the clock moved. */
    moveAtReading: (count: number, duration: Duration.DurationInput) => {
      jump = { atRead: reads + count, millis: Duration.toMillis(duration) }
      return () => {
        const hasMoved = jump === undefined
        jump = undefined
        return hasMoved
      }
    },
    moveBack: (duration: Duration.DurationInput) => {
      moved -= Duration.toMillis(duration)
    }
  }
})
