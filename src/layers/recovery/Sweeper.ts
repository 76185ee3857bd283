import * as Clock from "effect/Clock"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Random from "effect/Random"
import * as Schedule from "effect/Schedule"
import { Recovery } from "../../services/Recovery.ts"
import { Settings } from "../../services/Settings.ts"

const nothing = { recovered: 0, failed: 0 }

/** Delay of the first sweep: what died with the last process should not wait for a whole interval. */
const firstSweep = Duration.seconds(1)

/** A sweep is late this many intervals after the last one: the process or the machine stood still. */
const lateAfter = 3

/**
 * Sweeps on a schedule while the layer lives, with jitter, so that processes started together do not sweep together. A failed sweep is
 * logged and does not end the loop. A late sweep takes nothing, because holders may have been unable to renew: they get one interval to
 * do so. If HQ_SWEEP_EVERY is 0, there are no sweeps. See docs/architecture.md, "Leases".
 */
export const layer: Layer.Layer<never, never, Recovery> = Layer.scopedDiscard(
  Effect.gen(function* () {
    const { sweepEvery } = yield* Settings
    const recovery = yield* Recovery
    if (Duration.equals(sweepEvery, Duration.zero)) return
    let before: number | undefined
    const isLate = Effect.map(Clock.currentTimeMillis, (now) => {
      const gap = before === undefined ? 0 : now - before
      before = now
      return gap > lateAfter * Duration.toMillis(sweepEvery)
    })
    const sweep = Effect.if(isLate, { onTrue: () => Effect.succeed(nothing), onFalse: () => recovery.sweep }).pipe(
      Effect.tap((taken) =>
        taken.recovered + taken.failed === 0
          ? Effect.void
          : Effect.annotateLogs(Effect.logInfo("sweep took steps"), taken)
      ),
      Effect.catchAllCause((cause) => Effect.logWarning("a sweep failed", cause))
    )
    const first = Duration.times(Duration.min(firstSweep, sweepEvery), yield* Random.nextRange(0.5, 1))
    yield* sweep.pipe(
      Effect.repeat(Schedule.jitteredWith(Schedule.spaced(sweepEvery), { min: 0.8, max: 1 })),
      Effect.delay(first),
      Effect.forkScoped
    )
  })
)
