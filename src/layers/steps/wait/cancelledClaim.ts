import type { SqlError } from "@effect/sql/SqlError"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import { untoldReason } from "../../../domain/ClaimOutcome.ts"
import type { Step } from "../../../domain/Entities.ts"
import type { ClaimStep } from "../../../domain/Requests.ts"
import type { ClaimMemory } from "../../../services/ClaimMemory.ts"
import { recorder } from "../../store/events.ts"
import { reset, to } from "../../store/fragments.ts"
import type { Database, Transaction } from "../../store/Store.ts"
import { withNow } from "../../store/time.ts"
import { type Place, waiters } from "./waitQueue.ts"

/** Whoever cancels a call does not wait longer for what is cleared away behind it: places in line and leases end by themselves. */
const patience = Duration.millis(300)

/** What one call to claim has written, as far as its transactions have told. */
export interface Trace {
  /** A transaction of the call has begun, and it is not known what became of it. */
  isOpen: boolean
  step: Step | undefined
  place: Place | undefined
}

/**
 * Clears away what a call to claim leaves behind: its place in line; and where it is interrupted, so that its agent is never told of the
 * step, its claim. With a request_id the agent may ask again, and finds it.
 */
export const withoutTrace = (db: Database["Type"], claims: ClaimMemory["Type"]) => {
  const t = db.tables
  const line = waiters(t)
  const record = recorder(t)
  const release = `
    UPDATE ${t.steps} SET status = ${to("release")}, ${reset} WHERE id = ? AND agent_id = ? AND attempt = ? AND status = 'claimed'
    RETURNING id, project_id`

  const giveBack = (tx: Transaction, { agent_id }: ClaimStep, { attempt, id }: Step): Effect.Effect<void, SqlError> =>
    withNow(({ at }) =>
      Effect.flatMap(tx.first<{ id: number; project_id: number }>(release, [id, agent_id, attempt]), (step) => {
        const metadata = { attempt, reason: untoldReason }
        return step === undefined ? Effect.void : record(tx, { agent_id, step, type: "released", at, metadata })
      })
    )

  const clear = (request: ClaimStep, trace: Trace, isTold: boolean) => {
    const mayHold = !isTold && request.request_id === undefined
    if (trace.place === undefined && !(mayHold && (trace.isOpen || trace.step !== undefined))) return Effect.void
    const clearing = db.write((tx) =>
      // Writes follow one another: by now it is known what an interrupted one has done.
      Effect.gen(function* () {
        if (trace.place !== undefined) yield* line.leave(tx, trace.place)
        if (mayHold && trace.step !== undefined) yield* giveBack(tx, request, trace.step)
      })
    )
    return clearing.pipe(
      Effect.interruptible,
      Effect.timeout(patience),
      Effect.catchAllCause((cause) =>
        isTold
          ? Effect.logDebug("a place in line is left to expire", cause)
          : Effect.logWarning("a claim that was cancelled may be left to expire", cause)
      ),
      Effect.zipRight(
        Effect.sync(() => {
          const { step } = trace
          if (mayHold && step !== undefined) claims.end(step.id, step.attempt as number, "done")
        })
      )
    )
  }

  return <A, E>(request: ClaimStep, call: (trace: Trace) => Effect.Effect<A, E>): Effect.Effect<A, E> =>
    Effect.suspend(() => {
      const trace: Trace = { isOpen: false, step: undefined, place: undefined }
      return Effect.onExit(call(trace), (exit) => clear(request, trace, !Exit.isInterrupted(exit)))
    })
}
