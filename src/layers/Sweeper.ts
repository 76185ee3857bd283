import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Random from "effect/Random"
import * as Schedule from "effect/Schedule"
import { Recovery } from "../services/Recovery.ts"
import { Settings } from "../services/Settings.ts"

/** The first sweep after start: what died with the last process should not wait. */
const firstSweep = Duration.seconds(1)

/**
 * Sweeps on a schedule for as long as the layer lives, a little off the beat, so that processes started together do not sweep
 * together. A sweep that fails is logged, and the next one comes all the same. HQ_SWEEP_EVERY = 0: none.
 */
export const layer: Layer.Layer<never, never, Recovery> = Layer.scopedDiscard(
  Effect.gen(function* () {
    const { sweepEvery } = yield* Settings
    const recovery = yield* Recovery
    if (Duration.equals(sweepEvery, Duration.zero)) return
    const sweep = recovery.sweep.pipe(
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
