import * as Either from "effect/Either"
import type { Claim, NoWorkReason } from "./Entities.ts"
import type { Conflict, DependencyUnmet, InvalidInput, NotFound, StorageError } from "./Errors.ts"
import type { ClaimStep } from "./Requests.ts"
import { isLive } from "./Status.ts"

/** What the audit trail says of a claim that was given back, because its agent never heard of it. */
export const unheardReason = "The call was cancelled before it was answered."

/** Everything that a claim can fail with. */
export type ClaimError = NotFound | Conflict | DependencyUnmet | InvalidInput | StorageError

/** What a claim came to, or would come to. */
export type Outcome = Either.Either<Claim, ClaimError>

/**
 * The plan is at its end. A person may reopen it, or give it more steps; but agents go on asking until they are told that all is
 * done, and so are told at once.
 */
const isEnd = (reason: NoWorkReason | undefined): boolean => reason === "all_done" || reason === "project_aborted"

/** Of a named step: others are at work on it, or on its files. The caller would wait for itself in vain. */
const isHeld = ({ blocked_by, holder, status }: Conflict, { agent_id }: ClaimStep): boolean =>
  blocked_by === undefined
    ? status !== undefined && isLive(status) && holder?.agent_id !== agent_id
    : blocked_by.every((step) => step.agent_id !== agent_id)

/**
 * Whether time alone may bring the step that the request is for: others' work, or a person who mends the plan meanwhile. What is
 * wrong with the request itself stays wrong.
 */
export const isWorthWaiting = (outcome: Outcome, request: ClaimStep): boolean =>
  Either.match(outcome, {
    onLeft: (error) => {
      if (error._tag === "Conflict") return isHeld(error, request)
      return error._tag === "DependencyUnmet" || error._tag === "StorageBusy"
    },
    onRight: ({ reason, step }) => step === null && !isEnd(reason)
  })
