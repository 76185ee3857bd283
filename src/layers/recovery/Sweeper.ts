import * as Clock from "effect/Clock"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Random from "effect/Random"
import * as Schedule from "effect/Schedule"
import { Recovery } from "../../services/Recovery.ts"
import { Session } from "../../services/Session.ts"
import { renewalInterval, Settings } from "../../services/Settings.ts"

/** Delay of the first sweep: what a client left behind should not wait for a whole interval. */
const firstSweep = Duration.seconds(1)

/**
 * Sweeps on a schedule while the layer lives, with jitter, so that processes started together do not sweep together. A failed sweep is
 * logged and does not end the loop. A process that has just started or woken takes only claims of ended sessions, because other
 * holders may have slept, too: they get one renewal interval to renew, and the next sweep comes then. If HQ_SWEEP_EVERY is 0, there
 * are no sweeps. See docs/architecture.md, "Leases".
 */
export const layer: Layer.Layer<never, never, Recovery | Session> = Layer.scopedDiscard(
  Effect.gen(function* () {
    const settings = yield* Settings
    const { sweepEvery } = settings
    const recovery = yield* Recovery
    if (Duration.equals(sweepEvery, Duration.zero)) return
    const interval = renewalInterval(settings)
    const session = yield* Session
    const tick = Effect.map(Clock.currentTimeMillis, session.tick)
    const isWaking = Effect.map(Clock.currentTimeMillis, session.isWaking)
    yield* Effect.forkScoped(Effect.zipRight(tick, Effect.schedule(tick, Schedule.spaced(interval))))

    /** Sweeps once. Returns when to sweep next. */
    const sweep = recovery.sweep({ isWaking }).pipe(
      Effect.tap(({ failed, recovered }) =>
        recovered + failed === 0
          ? Effect.void
          : Effect.annotateLogs(Effect.logInfo("sweep took steps"), { recovered, failed })
      ),
      // Not a moment before the interval is over.
      Effect.map(({ isSparing }) => (isSparing ? Duration.min(Duration.times(interval, 1.3), sweepEvery) : sweepEvery)),
      Effect.catchAllCause((cause) => Effect.as(Effect.logWarning("a sweep failed", cause), sweepEvery))
    )
    const pause = (every: Duration.Duration) =>
      Effect.flatMap(Random.nextRange(0.8, 1), (part) => Effect.sleep(Duration.times(every, part)))

    yield* Effect.sleep(Duration.times(Duration.min(firstSweep, sweepEvery), yield* Random.nextRange(0.5, 1))).pipe(
      Effect.zipRight(Effect.forever(Effect.flatMap(sweep, pause))),
      Effect.forkScoped
    )
  })
)
