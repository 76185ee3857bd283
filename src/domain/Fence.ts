import type { Step } from "./Entities.ts"
import { Conflict, type Holder } from "./Errors.ts"
import { type Action, advice, transitions } from "./Lifecycle.ts"
import { isLive } from "./Status.ts"

/** Who calls, as far as it is known: by the request itself, or by what this process claimed. */
export interface Caller {
  readonly agent_id: Holder["agent_id"]
  /** Absent where neither the request nor this process knows it: any attempt of that agent. */
  readonly attempt?: Holder["attempt"] | undefined
}

/**
 * What the request leaves out is filled from the claim that this process made, unless the request is another agent's.
 * Undefined where nobody knows: never a guess. Source: design section 3.
 */
export const caller = (
  request: { readonly agent_id?: Holder["agent_id"] | undefined; readonly attempt?: Holder["attempt"] | undefined },
  claimed: Holder | undefined
): Caller | undefined => {
  const agent_id = request.agent_id ?? claimed?.agent_id
  if (agent_id === undefined) return undefined
  const known = claimed?.agent_id === agent_id ? claimed.attempt : undefined
  return { agent_id, attempt: request.attempt ?? known }
}

/** Whether the step's latest attempt is the caller's. */
export const isCallers = (step: Step, caller: Caller): boolean =>
  step.agent_id === caller.agent_id && (caller.attempt === undefined || caller.attempt === step.attempt)

/** The Conflict of a caller that may not do `action` to the step as it stands, naming its status, its holder and what to do next. */
export const refusal = (action: Action, step: Step, caller: Caller | undefined): Conflict => {
  const { tool } = transitions[action]
  // A person at the shell can give a step to an agent without a claim: then no attempt names its holder.
  const held = isLive(step.status) && step.agent_id !== undefined && step.attempt > 0
  const state = held
    ? `Step id ${step.id} is ${step.status}, held by agent "${step.agent_id}" in attempt ${step.attempt}`
    : `Step id ${step.id} is ${step.status}`
  const about = {
    step_id: step.id,
    status: step.status,
    ...(held ? { holder: { agent_id: step.agent_id as Holder["agent_id"], attempt: step.attempt } } : {})
  }
  if (caller === undefined) {
    return new Conflict({
      ...about,
      reason: `${state}. This server process did not claim it, so it does not know who is calling.`,
      advice: `Call ${tool} again with agent_id and attempt as claim_step gave them.`
    })
  }
  const isMine = isCallers(step, caller)
  if (isLive(step.status) && !isMine) {
    const who =
      caller.attempt === undefined ? `"${caller.agent_id}"` : `"${caller.agent_id}" in attempt ${caller.attempt}`
    return new Conflict({
      ...about,
      reason: `${state}, not by ${who}.`,
      advice: "Stop working on it: your claim has ended. Call claim_step for other work."
    })
  }
  const repeated = isMine && transitions[action].to === step.status
  return new Conflict({
    ...about,
    reason: repeated
      ? `${state} already, by an earlier ${tool} with other content.`
      : `${state}: ${tool} is not allowed.`,
    advice:
      isMine && action === "start" && step.status === "in_progress"
        ? "It is yours: go on with it, then call complete_step or fail_step."
        : advice(action, step.status)
  })
}
