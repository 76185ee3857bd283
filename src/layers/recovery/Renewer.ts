import * as Clock from "effect/Clock"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Schedule from "effect/Schedule"
import { ClaimMemory } from "../../services/ClaimMemory.ts"
import { Leases } from "../../services/Leases.ts"
import { renewalInterval, Settings } from "../../services/Settings.ts"
import { clockJumps } from "./clockJumps.ts"

/** A stopping server does not wait longer for the database: the leases expire by themselves, only later. */
const shortenTimeout = Duration.millis(300)

/**
 * Renews the claims of this session on a schedule while the layer lives. When the layer ends, because the client went away, their
 * leases shrink to HQ_DISCONNECT_GRACE. Time in which the process stood still does not count towards HQ_PROGRESS_DEADLINE. If
 * HQ_HEARTBEAT_EVERY is 0, nothing is renewed. See docs/architecture.md, "Leases".
 */
export const layer: Layer.Layer<never, never, Leases | ClaimMemory> = Layer.scopedDiscard(
  Effect.gen(function* () {
    const settings = yield* Settings
    const leases = yield* Leases
    const memory = yield* ClaimMemory
    yield* Effect.addFinalizer(() =>
      leases.endSession.pipe(
        Effect.interruptible,
        Effect.timeout(shortenTimeout),
        Effect.catchAllCause((cause) => Effect.logWarning("the end of the session could not be recorded", cause))
      )
    )
    if (Duration.equals(settings.heartbeatEvery, Duration.zero)) return
    const every = renewalInterval(settings)
    const jump = yield* clockJumps(every)
    const skip = Effect.zipWith(jump, Clock.currentTimeMillis, (millis, at) => {
      if (millis !== 0) memory.skip(millis, at)
    })
    yield* Effect.zipRight(skip, leases.renew).pipe(
      Effect.catchAllCause((cause) => Effect.logWarning("a renewal failed", cause)),
      Effect.schedule(Schedule.spaced(every)),
      Effect.forkScoped
    )
  })
)
