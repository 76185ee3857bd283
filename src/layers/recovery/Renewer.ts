import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Schedule from "effect/Schedule"
import { Leases } from "../../services/Leases.ts"
import { renewalInterval, Settings } from "../../services/Settings.ts"

/** A stopping server does not wait longer for the database: the leases expire by themselves, only later. */
const shortenTimeout = Duration.millis(300)

/**
 * Renews the claims of this session on a schedule while the layer lives. When the layer ends, because the client went away, their
 * leases shrink to HQ_DISCONNECT_GRACE. If HQ_HEARTBEAT_EVERY is 0, nothing is renewed. See docs/architecture.md, "Leases".
 */
export const layer: Layer.Layer<never, never, Leases> = Layer.scopedDiscard(
  Effect.gen(function* () {
    const settings = yield* Settings
    const leases = yield* Leases
    yield* Effect.addFinalizer(() =>
      leases.endSession.pipe(
        Effect.interruptible,
        Effect.timeout(shortenTimeout),
        Effect.catchAllCause((cause) => Effect.logWarning("the end of the session could not be recorded", cause))
      )
    )
    if (Duration.equals(settings.heartbeatEvery, Duration.zero)) return
    yield* leases.renew.pipe(
      Effect.catchAllCause((cause) => Effect.logWarning("a renewal failed", cause)),
      Effect.schedule(Schedule.spaced(renewalInterval(settings))),
      Effect.forkScoped
    )
  })
)
