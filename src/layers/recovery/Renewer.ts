import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Schedule from "effect/Schedule"
import { Leases } from "../../services/Leases.ts"
import { Settings } from "../../services/Settings.ts"

/** A stopping server does not wait longer for the database: the leases expire by themselves, only later. */
const shortenTimeout = Duration.millis(300)

/**
 * Renews the claims of this process on a schedule while the layer lives. When the layer ends, because the client went away, their
 * leases shrink to HQ_DISCONNECT_GRACE. If HQ_HEARTBEAT_EVERY is 0, nothing is renewed. See docs/architecture.md, "Leases".
 */
export const layer: Layer.Layer<never, never, Leases> = Layer.scopedDiscard(
  Effect.gen(function* () {
    const { heartbeatEvery, staleAfter } = yield* Settings
    const leases = yield* Leases
    yield* Effect.addFinalizer(() =>
      leases.shorten.pipe(
        Effect.interruptible,
        Effect.timeout(shortenTimeout),
        Effect.catchAllCause((cause) => Effect.logWarning("leases could not be shortened", cause))
      )
    )
    if (Duration.equals(heartbeatEvery, Duration.zero)) return
    yield* leases.renew.pipe(
      Effect.catchAllCause((cause) => Effect.logWarning("a renewal failed", cause)),
      // A lease shorter than three renewals would end between two of them.
      Effect.schedule(Schedule.spaced(Duration.min(heartbeatEvery, Duration.times(staleAfter, 1 / 3)))),
      Effect.forkScoped
    )
  })
)
