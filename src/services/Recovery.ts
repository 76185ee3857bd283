import * as Context from "effect/Context"
import type * as Effect from "effect/Effect"
import type { Step } from "../domain/Entities.ts"
import type { Conflict, InvalidInput, NotFound, StorageError } from "../domain/Errors.ts"
import type { OneStep, RecoverStep, StaleWork } from "../domain/Requests.ts"
import type { StepsPage } from "./Steps.ts"

/** Bringing back steps whose agents are gone or gave up. */
export class Recovery extends Context.Tag("hq/Recovery")<
  Recovery,
  {
    /** Live steps without a heartbeat for that many minutes (15), the most silent first; pages as those of `Projects.get`. */
    readonly detectStale: (request: StaleWork) => Effect.Effect<StepsPage, InvalidInput | StorageError>

    /**
     * claimed or in_progress → not_started: takes the step from its holder. Conflict where the holder gave a sign of life within
     * the last minute, unless detectStale has just shown it as stale, or it is forced.
     */
    readonly recover: (request: RecoverStep) => Effect.Effect<Step, NotFound | Conflict | StorageError>

    /** failed → not_started: the failed attempt is kept in failed_steps_history. */
    readonly recoverFailed: (request: OneStep) => Effect.Effect<Step, NotFound | Conflict | StorageError>

    /**
     * One pass that recovers every expired lease, each attempt exactly once however many processes sweep; a step that has lost
     * HQ_MAX_ATTEMPTS attempts becomes failed instead. Prunes what is older than HQ_EVENT_RETENTION. Its cost is that of what
     * expired. Returns how many steps it took.
     */
    readonly sweep: Effect.Effect<{ readonly recovered: number; readonly failed: number }, StorageError>
  }
>() {}
