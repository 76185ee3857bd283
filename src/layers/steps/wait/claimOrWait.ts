import type { SqlError } from "@effect/sql/SqlError"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Exit from "effect/Exit"
import type { Claim } from "../../../domain/Claim.ts"
import { type ClaimError, isScopeUnknown, isWorthWaiting, type Outcome } from "../../../domain/ClaimOutcome.ts"
import type { ClaimStep } from "../../../domain/Requests.ts"
import { fileOverlaps } from "../../plan/fileOverlaps.ts"
import type { Restore } from "../../store/Restore.ts"
import type { Store, Transaction } from "../../store/Store.ts"
import type { CallerSession } from "../../store/sessions.ts"
import { steadyMillis } from "../../store/time.ts"
import { isNamed } from "../claim/chooseStep.ts"
import { type ClaimStepWrites, chosenInVain } from "../claim/claimStep.ts"
import { withHolding } from "../claim/withHolding.ts"
import { claimPreview, isTaken } from "./claimPreview.ts"
import type { WaitDispatcher } from "./waitDispatcher.ts"
import { type QueueTicket, waitQueue } from "./waitQueue.ts"

/** There are ready steps, but no more than calls that came first. */
const othersFirst: Claim = { step: null, reason: "all_claimed", retry_after_seconds: 1 }

/** Pause after a turn in vain: a step was ready and is gone, or the database is locked. */
const pauseAfterMiss = Duration.millis(20)

/**
 * How long a call is kept that asks for a scope which no step has: the plan may be getting it just now. If not, the agent
 * should soon hear of it, because it may have mistyped the scope.
 */
const scopeGrace = Duration.seconds(10)

/** A call that claims a step leaves the queue in the same transaction. */
const hasStep = (outcome: Outcome) => Either.isRight(outcome) && outcome.right.step !== null

interface QueuedCall {
  readonly request: ClaimStep
  /** Absent if the call could not join the queue. */
  readonly ticket: QueueTicket | undefined
  /** When its time is over, on the steady clock, in milliseconds. */
  readonly deadline: number
  /** Done when nobody waits for the answer any more. */
  readonly until: Effect.Effect<unknown>
  /** Whether the call may wait for a better outcome than this one. */
  readonly mayWait: (outcome: Outcome) => boolean
}

/** Why a wait ended: the call may try to claim, its time is over, or nobody waits for the answer any more. */
type End = "turn" | "timeout" | "gone"

/**
 * Claims a step, and waits for one if the request says so: it queues, and holds neither a lock nor a transaction, until there is a step for
 * it, none is worth waiting for, its time is over, or `until` is done. Calls that do not wait or that name a step bypass the queue. Within a
 * host's transaction nothing waits, because it would not see what others write.
 *
 * Runs in an uninterruptible region, so that what it has written is always known; `restore` makes its waits interruptible.
 */
export const claimOrWait = (
  store: Store["Type"],
  session: CallerSession,
  { check, take, takeBest }: ClaimStepWrites,
  dispatcher: WaitDispatcher,
  leaveQueue: (ticket: QueueTicket) => Effect.Effect<void>
) => {
  const preview = claimPreview(store.sql, session)
  const holding = withHolding(store.sql, session)
  const queue = waitQueue(store.sql)
  const { settle } = fileOverlaps(store.sql)

  const claimNow = (tx: Transaction, request: ClaimStep) =>
    Effect.flatMap(check(tx, request), (earlier) =>
      earlier === undefined ? takeBest(tx, request) : Effect.succeed(earlier)
    )

  /** Claims a step that no call in the queue is first for. */
  const takeInTurn = (tx: Transaction, request: ClaimStep): Effect.Effect<Claim, ClaimError | SqlError> =>
    Effect.gen(function* () {
      if (isNamed(request) || (yield* queue.head(tx)) === undefined) return yield* takeBest(tx, request)
      const found = yield* preview(tx, request)
      if (found._tag === "Nothing") return yield* holding(tx, request, yield* found.outcome)
      if (isTaken(found)) return othersFirst
      return (yield* take(tx, request, found.steps[0])) ?? (yield* chosenInVain(found.steps[0]))
    })

  /** Asks again, some times, if files were only counted as in use because there was not enough work left to compare them. */
  const settled = <E>(claim: Effect.Effect<Claim, E>, times = 5): Effect.Effect<Claim, E> =>
    Effect.flatMap(Effect.either(claim), (outcome) =>
      times === 0 || (Either.isRight(outcome) && outcome.right.step !== null)
        ? outcome
        : Effect.flatMap(settle, (isMore) => (isMore ? settled(claim, times - 1) : outcome))
    )

  /** The first try of a call that may wait; without success it joins the queue. */
  const enter = (tx: Transaction, request: ClaimStep, timeout: Duration.Duration) =>
    Effect.gen(function* () {
      const claim = (yield* check(tx, request)) ?? (yield* takeInTurn(tx, request))
      const outcome = Either.right(claim)
      const isWaiting = isWorthWaiting(outcome) || isScopeUnknown(outcome)
      return { claim, ticket: isWaiting ? yield* queue.join(tx, request, timeout) : undefined }
    })

  /** A later try; with success it leaves the queue. */
  const claimAndLeave = (tx: Transaction, request: ClaimStep, ticket: QueueTicket | undefined) =>
    Effect.tap(claimNow(tx, request), ({ step }) =>
      step === null || ticket === undefined ? Effect.void : queue.leave(tx, ticket)
    )

  /** Waits for the call's turn. Returns why the wait ended, and the latest preview, if one was made meanwhile. */
  const waitForTurn = ({ deadline, mayWait, request, ticket, until }: QueuedCall) =>
    Effect.scoped(
      Effect.gen(function* () {
        const left = Math.ceil(deadline - (yield* steadyMillis))
        if (left <= 0) return { end: "timeout" as End, latest: undefined }
        const waiting = yield* dispatcher.join(request, ticket, mayWait)
        const end = yield* Effect.raceAll<Effect.Effect<End>>([
          Effect.as(until, "gone"),
          Effect.as(waiting.turn, "turn"),
          Effect.as(Effect.sleep(left), "timeout")
        ])
        return { end, latest: yield* waiting.latest }
      })
    )

  /** Waits and tries, turn by turn, until there is an outcome that is not worth waiting on. */
  const waitAndClaim = (call: QueuedCall, first: Outcome, restore: Restore) =>
    Effect.gen(function* () {
      const { mayWait, request, ticket } = call
      let outcome = first
      let end: End = "turn"
      while (end === "turn" && mayWait(outcome)) {
        const wait = yield* restore(waitForTurn(call))
        end = wait.end
        if (wait.latest?._tag === "Nothing") outcome = wait.latest.outcome
        // A call that was made twice at the same time may have its step through the other one.
        const mayBeClaimed = end === "timeout" && request.request_id !== undefined
        if (end === "gone" || (wait.latest?._tag !== "Ready" && !mayBeClaimed)) continue
        outcome = yield* Effect.either(store.write((tx) => claimAndLeave(tx, request, ticket), restore))
        if (end === "turn" && mayWait(outcome)) yield* restore(Effect.sleep(pauseAfterMiss))
      }
      return outcome
    })

  const wait = (request: ClaimStep, timeout: Duration.Duration, until: Effect.Effect<unknown>, restore: Restore) =>
    Effect.gen(function* () {
      const began = yield* steadyMillis
      const entered = yield* Effect.either(store.write((tx) => enter(tx, request, timeout), restore))
      yield* settle
      const ticket = Either.isRight(entered) ? entered.right.ticket : undefined
      const first = Either.map(entered, ({ claim }) => claim)
      const isGrace = isScopeUnknown(first)
      const deadline = began + Duration.toMillis(isGrace ? Duration.min(timeout, scopeGrace) : timeout)
      const mayWait = (outcome: Outcome) => isWorthWaiting(outcome) || (isGrace && isScopeUnknown(outcome))
      const call = { request, ticket, deadline, until, mayWait }
      const outcome = yield* Effect.onExit(waitAndClaim(call, first, restore), (exit) =>
        ticket === undefined || (Exit.isSuccess(exit) && hasStep(exit.value)) ? Effect.void : leaveQueue(ticket)
      )
      const claim = yield* outcome
      // What the caller holds is not part of a preview, which is for all calls that want the same.
      if (claim.step !== null || claim.holding !== undefined) return claim
      return yield* store.read((tx) => holding(tx, request, claim))
    })

  /** @param until ends the wait at once */
  return (request: ClaimStep, until: Effect.Effect<unknown>, restore: Restore): Effect.Effect<Claim, ClaimError> => {
    const { wait_seconds = 0 } = request
    const now = settled(store.write((tx) => claimNow(tx, request), restore))
    if (wait_seconds === 0) return now
    return Effect.if(store.isJoined, {
      onTrue: () => now,
      onFalse: () => wait(request, Duration.seconds(wait_seconds), until, restore)
    })
  }
}
