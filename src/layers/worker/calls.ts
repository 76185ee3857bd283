import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Schedule from "effect/Schedule"
import type { WorkEvent } from "../../domain/Work.ts"

/** How often a call is made again that the store did not take. A busy store has then been waited for more than a minute. */
const times = 6

const isTrouble = (error: { readonly _tag: string }): boolean =>
  error._tag === "StorageBusy" || error._tag === "OutcomeUnknown"

/** Makes a call again if the store was busy, or nobody knows whether it took the call: repeating one writes nothing. */
export const patiently =
  (emit: (event: WorkEvent) => Effect.Effect<void>) =>
  <A, E extends { readonly _tag: string; readonly message: string }>(call: Effect.Effect<A, E>): Effect.Effect<A, E> =>
    call.pipe(
      Effect.tapError((error) =>
        isTrouble(error) ? emit({ _tag: "StoreTrouble", reason: error.message }) : Effect.void
      ),
      Effect.retry({
        while: isTrouble,
        schedule: Schedule.intersect(Schedule.exponential(Duration.millis(500)), Schedule.recurs(times))
      })
    )
