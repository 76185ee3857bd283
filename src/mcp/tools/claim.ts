import * as Effect from "effect/Effect"
import { InvalidInput } from "../../domain/Errors.ts"
import type { ClaimStep } from "../../domain/Requests.ts"
import { Steps } from "../../services/Steps.ts"
import type { Client } from "../Tool.ts"

/** Longest wait without progress notifications, in seconds. Clients without them give up after 60. */
const maxUnheardWait = 50

const tooLong = new InvalidInput({
  faults: [
    {
      path: "wait_seconds",
      message: `must be at most ${maxUnheardWait} in a call without a progress token: a client that is told no progress gives up after 60 seconds. Wait ${maxUnheardWait} and call again, or have the client send _meta.progressToken`
    }
  ]
})

/** Claims a step. */
export const claim = (input: ClaimStep, { gone, hearsProgress }: Client) =>
  (input.wait_seconds ?? 0) > maxUnheardWait && !hearsProgress
    ? tooLong
    : Effect.flatMap(Steps, (steps) => steps.claim(input, { until: gone }))

/**
 * An agent that waits for its step gives no other sign of life. And nothing may run between a claim and its answer: if the call
 * were cancelled then, the agent would not hear of its step.
 */
export const signOfLife = ({ wait_seconds = 0 }: ClaimStep) => (wait_seconds > 0 ? "throughout" : "before")
