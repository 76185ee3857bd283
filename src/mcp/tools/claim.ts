import * as Effect from "effect/Effect"
import { unheardReason } from "../../domain/ClaimOutcome.ts"
import type { Claim } from "../../domain/Entities.ts"
import { InvalidInput } from "../../domain/Errors.ts"
import type { ClaimStep } from "../../domain/Requests.ts"
import { Leases } from "../../services/Leases.ts"
import { Steps } from "../../services/Steps.ts"
import type { Client } from "../Tool.ts"

/** In seconds. Clients that do not know whether a call is at work give it up after 60. */
const longestUntold = 50

const tooLong = new InvalidInput({
  faults: [
    {
      path: "wait_seconds",
      message: `must be at most ${longestUntold} in a call without a progress token: a client that is told no progress gives up after 60 seconds. Wait ${longestUntold} and call again, or have the client send _meta.progressToken`
    }
  ]
})

/** Claims a step. An agent that waits for one gives no other sign of life meanwhile, and is believed all the same. */
export const claim = (input: ClaimStep, { gone, hearsProgress }: Client) =>
  Effect.gen(function* () {
    const seconds = input.wait_seconds ?? 0
    if (seconds > longestUntold && !hearsProgress) return yield* tooLong
    const claiming = (yield* Steps).claim(input, { until: gone })
    if (seconds === 0) return yield* claiming
    return yield* Effect.scoped(Effect.zipRight((yield* Leases).keepAlive({ agent_id: input.agent_id }), claiming))
  })

/** An agent that was never told of its step does not keep it; with a request_id it can still ask for it. */
export const unclaim = ({ agent_id, request_id }: ClaimStep, { step }: Claim) =>
  step === null || step.attempt === 0 || request_id !== undefined
    ? Effect.void
    : Effect.flatMap(Steps, (steps) =>
        steps.release({
          step_id: step.id,
          agent_id,
          attempt: step.attempt,
          reason: unheardReason
        })
      )
