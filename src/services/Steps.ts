import * as Context from "effect/Context"
import type * as Effect from "effect/Effect"
import type { Claim, CompletedStep, Step } from "../domain/Entities.ts"
import type { Conflict, DependencyUnmet, InvalidInput, NotFound, StorageError } from "../domain/Errors.ts"
import type {
  AgentWork,
  AvailableSteps,
  ClaimStep,
  CompleteStep,
  FailStep,
  Heartbeat,
  MergeStep,
  OneStep,
  ReleaseStep,
  StartStep
} from "../domain/Requests.ts"

export interface StepsPage {
  readonly steps: ReadonlyArray<Step>
  /** Absent on the last page. */
  readonly next_cursor?: string
}

/**
 * What agents do to steps. Every write acts for one (step, agent, attempt): what the request leaves out is filled from what
 * this process claimed, and anybody but the current holder gets Conflict. Repeating an acknowledged call writes nothing.
 * Source: design section 3.
 */
export class Steps extends Context.Tag("hq/Steps")<
  Steps,
  {
    /**
     * Gives the agent the best ready step for one lease, or says why there is none: of the project, or of all active ones, by
     * project priority, step priority, longest chain of dependents, project id, step number; of the scopes that the request
     * names, if any. Where the request names a step, that one or an error: DependencyUnmet for what it waits for, Conflict for
     * its holder. Steps whose files overlap those of a step at work in the same project are passed over, or (named) a Conflict,
     * unless allow_overlap. Conflict, too, where the agent has max_held live claims. The same request_id of the same agent gives the same
     * claim again, also from another process; with other arguments it is a Conflict.
     *
     * With wait_seconds it waits that long at most, until there is a step, or the named one can be claimed, whichever process brought
     * that about: first come, first served among all who wait, except that calls which do not wait, or name a step, stand in no line.
     * It does not wait where all is done, where the project is aborted, or within a transaction of the host's. When it is
     * interrupted, a step that it has just claimed is released, unless it has a request_id to ask for it again.
     *
     * @param options.until ends the wait at once, where it is done before that, with the answer that there is no step
     */
    readonly claim: (
      request: ClaimStep,
      options?: { readonly until?: Effect.Effect<unknown> }
    ) => Effect.Effect<Claim, NotFound | Conflict | DependencyUnmet | InvalidInput | StorageError>

    /** claimed → in_progress, by the holder. */
    readonly start: (request: StartStep) => Effect.Effect<Step, NotFound | Conflict | StorageError>

    /** Sign of life: renews the holder's lease. */
    readonly heartbeat: (request: Heartbeat) => Effect.Effect<Step, NotFound | Conflict | StorageError>

    /**
     * in_progress → completed, by the holder; frees the steps that waited for it. Accepted late, too: from the agent from which
     * the step was recovered, as long as nobody has claimed it since. Names the other steps, at work or not merged yet, with
     * which a merge conflict is to be expected, by the files that it changed or (where none are told) declared.
     */
    readonly complete: (request: CompleteStep) => Effect.Effect<CompletedStep, NotFound | Conflict | StorageError>

    /** claimed or in_progress → failed, by the holder; the reason is kept in the notes. */
    readonly fail: (request: FailStep) => Effect.Effect<Step, NotFound | Conflict | StorageError>

    /** claimed or in_progress → not_started, by the holder, who gives the claim back without losing an attempt. */
    readonly release: (request: ReleaseStep) => Effect.Effect<Step, NotFound | Conflict | StorageError>

    /**
     * completed → merged, by anybody, with the commit that brought the step's branch in; frees the steps that waited for it
     * where the project's unblock_on is merged. Conflict where it is not completed, or was merged by another commit.
     */
    readonly merge: (request: MergeStep) => Effect.Effect<Step, NotFound | Conflict | StorageError>

    /** The step with the numbers of those it depends on. */
    readonly get: (request: OneStep) => Effect.Effect<Step, NotFound | StorageError>

    /** Ready steps of active projects, in the order in which they are claimed; pages as those of `Projects.get`. */
    readonly available: (request: AvailableSteps) => Effect.Effect<StepsPage, NotFound | InvalidInput | StorageError>

    /** What the agent holds now, with the ends of its leases, oldest step first; pages as those of `Projects.get`. */
    readonly heldBy: (request: AgentWork) => Effect.Effect<StepsPage, InvalidInput | StorageError>
  }
>() {}
