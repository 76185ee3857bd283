import * as Effect from "effect/Effect"
import { cancelledReason } from "../../domain/ClaimOutcome.ts"
import type { Claim } from "../../domain/Entities.ts"
import { InvalidInput } from "../../domain/Errors.ts"
import type { ClaimStep } from "../../domain/Requests.ts"
import { Leases } from "../../services/Leases.ts"
import { Steps } from "../../services/Steps.ts"
import type { Client } from "../Tool.ts"

/** Longest wait without progress notifications, in seconds. Clients without them give up after 60. */
const longestUntold = 50

const tooLong = new InvalidInput({
  faults: [
    {
      path: "wait_seconds",
      message: `must be at most ${longestUntold} in a call without a progress token: a client that is told no progress gives up after 60 seconds. Wait ${longestUntold} and call again, or have the client send _meta.progressToken`
    }
  ]
})

/** Claims a step. While the call waits, it renews the agent's leases, because the agent gives no other sign of life. */
export const claim = (input: ClaimStep, { gone, hearsProgress }: Client) =>
  Effect.gen(function* () {
    const seconds = input.wait_seconds ?? 0
    if (seconds > longestUntold && !hearsProgress) return yield* tooLong
    const claiming = (yield* Steps).claim(input, { until: gone })
    if (seconds === 0) return yield* claiming
    return yield* Effect.scoped(Effect.zipRight((yield* Leases).keepAlive({ agent_id: input.agent_id }), claiming))
  })

/**
 * Releases a step whose claim was cancelled before its answer. A request_id keeps it, because the agent can repeat the
 * call.
 */
export const unclaim = ({ agent_id, request_id }: ClaimStep, { step }: Claim) =>
  step === null || step.attempt === 0 || request_id !== undefined
    ? Effect.void
    : Effect.flatMap(Steps, (steps) =>
        steps.release({
          step_id: step.id,
          agent_id,
          attempt: step.attempt,
          reason: cancelledReason
        })
      )
