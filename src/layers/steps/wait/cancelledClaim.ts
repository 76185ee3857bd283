import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import { cancelledReason } from "../../../domain/ClaimOutcome.ts"
import type { Step } from "../../../domain/Entities.ts"
import type { ClaimMemory } from "../../../services/ClaimMemory.ts"
import { recordEvent } from "../../store/events.ts"
import { reset, to } from "../../store/fragments.ts"
import type { Store } from "../../store/Store.ts"
import { type QueueTicket, waitQueue } from "./waitQueue.ts"

/** A cancelled call does not wait longer for its clean-up: tickets and leases expire by themselves. */
const timeout = Duration.millis(300)

/** Cleans up behind calls that were cancelled, or waited in vain. */
export const cancelledClaim = (store: Store["Type"], memory: ClaimMemory["Type"]) => {
  const { sql } = store
  const queue = waitQueue(sql)
  const record = recordEvent(sql)
  const release = `
    UPDATE ${sql.steps} SET status = ${to("release")}, ${reset} WHERE id = ? AND agent_id = ? AND attempt = ? AND status = 'claimed'
    RETURNING id, project_id`

  /** Gives back a claim of which its agent never heard. */
  const giveBack = ({ agent_id, attempt, id }: Step): Effect.Effect<void> =>
    store
      .write((tx) =>
        Effect.gen(function* () {
          const step = yield* tx.first<{ id: number; project_id: number }>(release, [id, agent_id ?? null, attempt])
          if (step === undefined) return
          const { at } = yield* tx.now
          const metadata = { attempt, reason: cancelledReason }
          yield* record(tx, { agent_id: agent_id as string, step, type: "released", at, metadata })
        })
      )
      .pipe(
        Effect.interruptible,
        Effect.timeout(timeout),
        Effect.catchAllCause((cause) => Effect.logWarning("a cancelled claim is left to expire", cause)),
        Effect.zipRight(Effect.sync(() => memory.end(id, attempt as number, "done")))
      )

  /** Takes a call that gets no step out of the queue. */
  const leaveQueue = (ticket: QueueTicket): Effect.Effect<void> =>
    store
      .write((tx) => queue.leave(tx, ticket))
      .pipe(
        Effect.interruptible,
        Effect.timeout(timeout),
        Effect.catchAllCause((cause) => Effect.logDebug("a ticket is left to expire", cause))
      )

  return { giveBack, leaveQueue }
}
