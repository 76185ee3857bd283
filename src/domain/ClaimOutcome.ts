import * as Either from "effect/Either"
import type { Claim, NoWorkReason } from "./Claim.ts"
import type { Conflict, DependencyUnmet, InvalidInput, NotFound, StorageError } from "./Errors.ts"
import { isLive } from "./Status.ts"

/** Event reason of a claim that was released because the call was cancelled before its answer. */
export const cancelledReason = "The call was cancelled before it was answered."

/** Every error of a claim. */
export type ClaimError = NotFound | Conflict | DependencyUnmet | InvalidInput | StorageError

/** The result of a claim, or of its preview. */
export type Outcome = Either.Either<Claim, ClaimError>

/**
 * Whether waiting is pointless, so that the answer is returned at once: agents keep calling until `all_done`, and only
 * the caller can correct a scope that no step has. `no_projects` and `no_steps` are waited on, because agents may be
 * started before the plan is stored.
 */
const isEnd = (reason: NoWorkReason | undefined): boolean =>
  reason === "all_done" || reason === "project_aborted" || reason === "no_such_scope" || reason === "held_by_you"

/** Whether there is no step because no step has a scope of the request. */
export const isScopeUnknown = (outcome: Outcome): boolean =>
  Either.isRight(outcome) && outcome.right.reason === "no_such_scope"

/** Whether another agent holds the named step or its files. If the caller does, it would wait for itself. */
const isHeld = ({ blocked_by, held_by_you, status }: Conflict): boolean =>
  held_by_you === undefined && (blocked_by !== undefined || (status !== undefined && isLive(status)))

/**
 * Whether waiting can turn the outcome into a step: other agents may finish, or somebody may edit the plan. Errors in
 * the request itself stay.
 */
export const isWorthWaiting = (outcome: Outcome): boolean =>
  Either.match(outcome, {
    onLeft: (error) => {
      if (error._tag === "Conflict") return isHeld(error)
      return error._tag === "DependencyUnmet" || error._tag === "StorageBusy"
    },
    onRight: ({ reason, step }) => step === null && !isEnd(reason)
  })
