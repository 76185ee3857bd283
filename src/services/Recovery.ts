import * as Context from "effect/Context"
import type * as Effect from "effect/Effect"
import type { Step } from "../domain/Entities.ts"
import type { Conflict, InvalidInput, NotFound, StorageError } from "../domain/Errors.ts"
import type { OneProject, RecoverFailedStep, RecoverStep, StaleWork } from "../domain/Requests.ts"
import type { StepsPage } from "./Steps.ts"

export interface SweepOptions {
  /**
   * Tells whether this process has just started or woken: then the sweep takes only claims of sessions that have ended. To be given by
   * whoever sweeps again and again: then a step whose holder was last heard long before its lease's end is spared until this process has
   * seen it unchanged for three renewals, because that holder's clock may be behind.
   */
  readonly isWaking?: Effect.Effect<boolean>
}

/** Gives back a step that an agent holds. */
export interface ReleaseHeld extends RecoverStep {
  readonly reason?: string
}

export interface Swept {
  readonly recovered: number
  readonly failed: number
  /** Whether expired leases were left, so that their holders can renew them within one renewal interval. */
  readonly isSparing: boolean
}

/**
 * Takes steps back from agents that are gone, and reopens failed steps. Every method can fail with StorageBusy or
 * StorageFailure. See docs/architecture.md, "Leases".
 */
export class Recovery extends Context.Tag("hq/Recovery")<
  Recovery,
  {
    /**
     * Returns a page of live steps without a heartbeat for `timeout_minutes` (15 by default), longest silence first.
     * Pages work as in `Projects.get`. Fails with InvalidInput for an unknown cursor.
     */
    readonly detectStale: (request: StaleWork) => Effect.Effect<StepsPage, InvalidInput | StorageError>

    /**
     * claimed or in_progress → not_started: takes the step from its holder. Fails with NotFound if the step does not
     * exist, and with Conflict if its status forbids it. Also fails with Conflict if the holder gave a sign of life
     * within the last minute; not so if `detectStale` has just listed the step, or if `force` is true.
     */
    readonly recover: (request: RecoverStep) => Effect.Effect<Step, NotFound | Conflict | StorageError>

    /**
     * claimed or in_progress → not_started, by somebody other than the holder, without counting a lost attempt. The next attempt is told
     * the reason. Fails as `recover` does.
     */
    readonly release: (request: ReleaseHeld) => Effect.Effect<Step, NotFound | Conflict | StorageError>

    /** Returns the failed steps of the project, by number. Fails with NotFound if the project does not exist. */
    readonly failed: (request: OneProject) => Effect.Effect<ReadonlyArray<Step>, NotFound | StorageError>

    /**
     * failed → not_started. failed_steps_history keeps the failed attempt. Fails with NotFound if the step does not
     * exist, and with Conflict if it has not failed.
     */
    readonly recoverFailed: (request: RecoverFailedStep) => Effect.Effect<Step, NotFound | Conflict | StorageError>

    /**
     * Recovers every expired lease once, however many processes sweep. A step that has lost HQ_MAX_ATTEMPTS attempts
     * fails instead. Prunes heartbeat events, ended request_ids and sessions older than HQ_EVENT_RETENTION. The cost
     * depends only on what has expired. Returns how many steps it recovered and failed.
     *
     * The first sweep after a gap takes only claims of sessions that have ended: while the machine slept, holders could
     * not renew. Sweeps take the others one renewal interval later, and do not count those attempts as lost. See
     * docs/architecture.md, "Leases".
     */
    readonly sweep: (options?: SweepOptions) => Effect.Effect<Swept, StorageError>
  }
>() {}
