import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import { steadyMillis } from "./time.ts"

/** After each batch others have the lock for that long. */
const pause = Duration.millis(20)

/**
 * Does work in batches, each with a transaction of its own, so that other writers hardly notice.
 *
 * @param batches each does one batch of a kind of work, and returns whether there may be more; they come one after the other
 * @param longest after that long it ends, once it has done a batch; whoever calls it later goes on
 */
export const inBatches = <E>(
  batches: ReadonlyArray<Effect.Effect<boolean, E>>,
  longest: Duration.Duration
): Effect.Effect<void, E> =>
  Effect.gen(function* () {
    const until = (yield* steadyMillis) + Duration.toMillis(longest)
    for (const batch of batches) {
      while (yield* batch) {
        if ((yield* steadyMillis) >= until) return
        yield* Effect.sleep(pause)
      }
    }
  })
