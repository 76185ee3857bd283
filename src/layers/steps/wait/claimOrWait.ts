import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import type * as Scope from "effect/Scope"
import { type ClaimError, isWorthWaiting, type Outcome } from "../../../domain/ClaimOutcome.ts"
import type { Claim } from "../../../domain/Entities.ts"
import type { ClaimStep } from "../../../domain/Requests.ts"
import type { Changes } from "../../../services/Changes.ts"
import type { Database, Transaction } from "../../store/Store.ts"
import { steadyMillis } from "../../store/time.ts"
import { isNamed } from "../claim/chooseStep.ts"
import type { claiming } from "../claim/claimStep.ts"
import type { Trace } from "./cancelledClaim.ts"
import { looking } from "./claimPreview.ts"
import { lookout, type Waiter } from "./waitDispatcher.ts"
import { waiters } from "./waitQueue.ts"

/** There are steps, but no more than calls that came first. */
const othersFirst: Claim = { step: null, reason: "all_claimed", retry_after_seconds: 1 }

/** A step was there and is gone, or the database is locked: whatever the reason, tries in vain do not follow one on the other. */
const afterFailure = Duration.millis(20)

/** How a wait ended: with a call to try, with its time, or because nobody waits any more. */
type End = "called" | "late" | "gone"

/** @param until ends the wait at once, where it is done before that */
export type Waiting = (
  request: ClaimStep,
  trace: Trace,
  until: Effect.Effect<unknown>
) => Effect.Effect<Claim, ClaimError>

/**
 * Claims a step, and waits for one where the request says so: stands in line, holding neither a lock nor a transaction, until there is
 * a step for it, none to wait for, its time is over, or `until` is done. A call that does not wait minds no line; nor does one that
 * names its step. Within a transaction of the host's nobody waits: it would not see what others write.
 */
export const waiting = (
  db: Database["Type"],
  claim: ReturnType<typeof claiming>,
  changes: Changes["Type"]
): Effect.Effect<Waiting, never, Scope.Scope> =>
  Effect.gen(function* () {
    const { called } = yield* lookout(db, changes)
    const look = looking(db.tables)
    const line = waiters(db.tables)

    /** One write of a call, and what it leaves behind. */
    const write = <E>(trace: Trace, body: (tx: Transaction) => Effect.Effect<Claim, E>) =>
      Effect.tap(
        db.write((tx) => {
          trace.isOpen = true
          trace.step = undefined
          return Effect.tap(body(tx), ({ step }) => {
            if (step === null) return Effect.void
            trace.step = step
            return trace.place === undefined ? Effect.void : line.leave(tx, trace.place)
          })
        }),
        ({ step }) => {
          trace.isOpen = false
          if (step !== null) trace.place = undefined
        }
      )

    const tryOnce = (request: ClaimStep, trace: Trace) => write(trace, (tx) => claim(tx, request))

    /** Steps that are ready are left to those who wait already. */
    const unlessOthersFirst = (request: ClaimStep) => (tx: Transaction) =>
      Effect.gen(function* () {
        if (isNamed(request) || (yield* line.head(tx)) === undefined) return undefined
        const found = yield* look(tx, request)
        return found._tag === "Ready" && found.first.length === found.steps ? othersFirst : undefined
      })

    /** The first try; without success it takes a place in line. */
    const enter = (request: ClaimStep, trace: Trace, wait: Duration.Duration) =>
      write(trace, (tx) =>
        Effect.gen(function* () {
          trace.place = undefined
          const answer = yield* claim(tx, request, unlessOthersFirst(request))
          if (isWorthWaiting(Either.right(answer), request)) trace.place = yield* line.join(tx, request, wait)
          return answer
        })
      )

    const waitFor = (request: ClaimStep, trace: Trace, seconds: number, until: Effect.Effect<unknown>) =>
      Effect.gen(function* () {
        const wait = Duration.seconds(seconds)
        const end = (yield* steadyMillis) + Duration.toMillis(wait)
        let outcome: Outcome = yield* Effect.either(enter(request, trace, wait))
        let how: End = "called"
        while (how === "called" && isWorthWaiting(outcome, request)) {
          const waiter: Waiter = { request, place: trace.place, outcome }
          const left = Math.max(0, Math.ceil(end - (yield* steadyMillis)))
          how = yield* Effect.raceAll<Effect.Effect<End>>([
            Effect.as(until, "gone"),
            Effect.as(called(waiter), "called"),
            Effect.as(Effect.sleep(left), "late")
          ])
          outcome = waiter.outcome ?? outcome
          // A call that was made twice at the same time may have its step by the other.
          const isReplay = how === "late" && request.request_id !== undefined
          if (how === "gone" || (waiter.outcome !== undefined && !isReplay)) continue
          outcome = yield* Effect.either(tryOnce(request, trace))
          if (how === "called" && isWorthWaiting(outcome, request)) yield* Effect.sleep(afterFailure)
        }
        return yield* outcome
      })

    return (request, trace, until) => {
      const seconds = request.wait_seconds ?? 0
      if (seconds === 0) return tryOnce(request, trace)
      return Effect.if(db.isJoined, {
        onTrue: () => tryOnce(request, trace),
        onFalse: () => waitFor(request, trace, seconds, until)
      })
    }
  })
