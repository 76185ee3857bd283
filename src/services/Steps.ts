import * as Context from "effect/Context"
import type * as Effect from "effect/Effect"
import type { Claim } from "../domain/Claim.ts"
import type { CompletedStep, Step } from "../domain/Entities.ts"
import type { Conflict, DependencyUnmet, InvalidInput, NotFound, StorageError } from "../domain/Errors.ts"
import type {
  AgentWork,
  AvailableSteps,
  ClaimStep,
  CompleteStep,
  FailStep,
  Heartbeat,
  MergeStep,
  NumberedStep,
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
 * Claims, updates and reads steps. A write acts for one (step, agent, attempt); missing fields are filled from the
 * claims of this process. Repeating an acknowledged call writes nothing. See docs/architecture.md, "Fencing".
 *
 * A method fails with NotFound if the step does not exist. A write by the holder fails with Conflict if the caller is
 * not the current holder or the status forbids it. Every method can fail with StorageBusy or StorageFailure.
 */
export class Steps extends Context.Tag("hq/Steps")<
  Steps,
  {
    /**
     * Claims the best ready step for one lease, or returns why there is none. Order: project priority, step priority,
     * longest chain of dependents, project id, step number. The request can restrict it to a project, to scopes, or to
     * one named step. Steps are skipped if their files overlap those of a held step in the project, unless
     * `allow_overlap` is true. Repeating a `request_id` returns the same claim, also from another process.
     *
     * With `wait_seconds` it waits at most that long for a step. Waiting calls are served in order of arrival, across
     * all processes. Non-waiting and named-step calls bypass the queue. It does not wait if all steps are done, if the
     * project is aborted, or within a transaction of the host. If it is interrupted, it releases a step just claimed,
     * unless the request has a `request_id`. See docs/architecture.md, "Waiting".
     *
     * Fails with NotFound if the project or step does not exist, and with InvalidInput if fields contradict each other.
     * A named step fails with DependencyUnmet if dependencies are unmet, and with Conflict if it is held or its files
     * overlap. Also fails with Conflict if the agent holds `max_held` claims, or if the `request_id` had other
     * arguments or its claim has ended.
     *
     * @param options.until ends the wait early, with an answer without a step
     * @param options.untilHeard runs after a success, before the agent has heard of it; an interruption until its end
     *   gives the step back
     */
    readonly claim: (
      request: ClaimStep,
      options?: { readonly until?: Effect.Effect<unknown>; readonly untilHeard?: Effect.Effect<unknown> }
    ) => Effect.Effect<Claim, NotFound | Conflict | DependencyUnmet | InvalidInput | StorageError>

    /** claimed → in_progress, by the holder. */
    readonly start: (request: StartStep) => Effect.Effect<Step, NotFound | Conflict | StorageError>

    /** Renews the lease, by the holder. */
    readonly heartbeat: (request: Heartbeat) => Effect.Effect<Step, NotFound | Conflict | StorageError>

    /**
     * in_progress → completed, by the holder. Unblocks dependents if `unblock_on` is completed. After a recovery it
     * also accepts the agent that lost the step, until another agent claims it. Returns the held or unmerged steps that
     * may cause a merge conflict, compared by modified files, or by declared files if none were given.
     */
    readonly complete: (request: CompleteStep) => Effect.Effect<CompletedStep, NotFound | Conflict | StorageError>

    /** claimed or in_progress → failed, by the holder. The notes keep the reason. */
    readonly fail: (request: FailStep) => Effect.Effect<Step, NotFound | Conflict | StorageError>

    /** claimed or in_progress → not_started, by the holder, without counting a lost attempt. */
    readonly release: (request: ReleaseStep) => Effect.Effect<Step, NotFound | Conflict | StorageError>

    /**
     * completed → merged, by any caller. Unblocks dependents if `unblock_on` is merged. Fails with Conflict if the step
     * is not completed or was merged with another commit.
     */
    readonly merge: (request: MergeStep) => Effect.Effect<Step, NotFound | Conflict | StorageError>

    /** Returns the step with the numbers of its dependencies. */
    readonly get: (request: OneStep | NumberedStep) => Effect.Effect<Step, NotFound | StorageError>

    /**
     * Returns a page of the ready steps of active projects, in the order in which they are claimed. Pages work as in
     * `Projects.get`. Fails with NotFound if the project does not exist, and with InvalidInput for an unknown cursor.
     */
    readonly available: (request: AvailableSteps) => Effect.Effect<StepsPage, NotFound | InvalidInput | StorageError>

    /**
     * Returns a page of the steps that the agent holds, by step id. Pages work as in `Projects.get`. Fails with
     * InvalidInput for an unknown cursor.
     */
    readonly heldBy: (request: AgentWork) => Effect.Effect<StepsPage, InvalidInput | StorageError>
  }
>() {}
