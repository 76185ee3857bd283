import type { Blocker, Step } from "./Entities.ts"
import { Conflict, type Holder } from "./Errors.ts"
import { type Action, advice, transitions } from "./Lifecycle.ts"
import { isLive } from "./Status.ts"

/** The calling agent, taken from the request or from this process's claims. */
export interface Caller {
  readonly agent_id: Holder["agent_id"]
  /** Absent if neither the request nor this process's claims give it. It then matches any attempt of that agent. */
  readonly attempt?: Holder["attempt"] | undefined
}

/**
 * Returns the caller: the request, completed from this process's claims. Undefined if no agent is known, or if several
 * agents claimed the step through this process, because hq never guesses. See docs/architecture.md, "Fencing".
 *
 * @param claimed the latest claim of the step by each agent that claimed it through this process
 */
export const caller = (
  request: { readonly agent_id?: Holder["agent_id"] | undefined; readonly attempt?: Holder["attempt"] | undefined },
  claimed: ReadonlyArray<Holder>
): Caller | undefined => {
  const agent_id = request.agent_id ?? (claimed.length === 1 ? claimed[0]?.agent_id : undefined)
  if (agent_id === undefined) return undefined
  const known = claimed.find((claim) => claim.agent_id === agent_id)
  return { agent_id, attempt: request.attempt ?? known?.attempt }
}

/** Whether the caller holds the step's latest attempt. */
export const isCallers = (step: Step, caller: Caller): boolean =>
  step.agent_id === caller.agent_id && (caller.attempt === undefined || caller.attempt === step.attempt)

// Manual SQL can set a holder without a claim. The attempt is then 0 and names no holder.
const holderOf = (step: Step): Holder | undefined =>
  isLive(step.status) && step.agent_id !== undefined && step.attempt > 0
    ? { agent_id: step.agent_id, attempt: step.attempt }
    : undefined

const conflict = (step: Step, reason: string, next: string): Conflict => {
  const holder = holderOf(step)
  const held = holder === undefined ? "" : `, held by agent "${holder.agent_id}" in attempt ${holder.attempt}`
  return new Conflict({
    step_id: step.id,
    status: step.status,
    ...(holder === undefined ? {} : { holder }),
    reason: `Step id ${step.id} is ${step.status}${held}${reason}`,
    advice: next
  })
}

/** Returns the Conflict for an action that the step's status forbids to every agent. */
export const notAllowed = (action: Action, step: Step, agentId?: Holder["agent_id"]): Conflict =>
  conflict(
    step,
    `: ${transitions[action].tool} is not allowed.`,
    isLive(step.status) && step.agent_id === agentId && action === "claim"
      ? "It is yours already: go on with it."
      : advice(action, step.status)
  )

/** Returns the Conflict for recovering a step whose holder has just given a sign of life. */
export const alive = (step: Step): Conflict =>
  conflict(
    step,
    `, which is alive: last heard of at ${step.last_heartbeat}.`,
    "Leave it to that agent. If you know that it is stuck, call recover_step again with force: true."
  )

/** Returns the Conflict for editing a step on which work has begun. */
export const begun = (step: Step): Conflict => {
  const next = isLive(step.status)
    ? "Let it go on and add a step after it; or, once its agent has called release_step (or recover_step has taken it), call update_plan again."
    : step.status === "failed"
      ? "Call recover_failed_step first, or cancel it and add another step."
      : step.status === "completed"
        ? "Reopen it, or add a new step for what is missing."
        : "Add a new step for what is missing."
  return conflict(step, ": a plan is edited only where work has not begun.", next)
}

/** Returns the Conflict for reopening a step that is not completed. */
export const notCompleted = (step: Step): Conflict =>
  conflict(step, ": only completed work can be reopened.", advice("reopen", step.status))

/** Returns the Conflict for reopening a step on which others build. @param by those at work or done, at least one */
export const builtOn = (step: Step, by: readonly [Blocker, ...ReadonlyArray<Blocker>]): Conflict => {
  const [{ agent_id, status, step_id, step_num }] = by
  const who = agent_id === undefined ? "" : ` ${isLive(status) ? "held" : "done"} by agent "${agent_id}",`
  const next = isLive(status)
    ? "Call update_plan again once its agent has called release_step (or recover_step has taken it); or add a step for what is missing."
    : status === "completed"
      ? "Reopen that step first, in the same call or before."
      : "Add a step for what is missing."
  return new Conflict({
    step_id: step.id,
    status: step.status,
    blocked_by: by,
    reason: `Step id ${step.id} cannot be reopened: step ${step_num} (id ${step_id}), which is ${status},${who} builds on it.`,
    advice: next
  })
}

/** How an attempt was rejected after its completion. */
export interface Reopening {
  readonly attempt: number
  /** Who reopened the step. */
  readonly agent_id: string
  readonly reason: string
}

/** Characters of a review's reason that a refusal quotes at most. */
const maxQuoted = 300

/** Returns the Conflict for a caller whose attempt was completed and then reopened. */
export const rejected = (step: Step, { agent_id, attempt, reason }: Reopening): Conflict => {
  const quoted = reason.length > maxQuoted ? `${reason.slice(0, maxQuoted)}…` : reason
  return conflict(
    step,
    `. Attempt ${attempt}, yours, was completed and then reopened by "${agent_id}": ${quoted}.`,
    step.status === "not_started"
      ? "Call claim_step to do it again: previous_attempts says what was rejected."
      : "That attempt is over: stop working on it, and call claim_step for other work."
  )
}

/**
 * Returns the Conflict for a caller that may not do `action`. It names the status, the holder and the next thing to do.
 */
export const refusal = (action: Action, step: Step, caller: Caller | undefined): Conflict => {
  const { tool, to } = transitions[action]
  if (caller === undefined) {
    return conflict(
      step,
      ". This server process does not know which agent is calling.",
      `Call ${tool} again with agent_id and attempt as claim_step gave them.`
    )
  }
  const isMine = isCallers(step, caller)
  if (!isMine && isLive(step.status)) {
    const who =
      caller.attempt === undefined ? `"${caller.agent_id}"` : `"${caller.agent_id}" in attempt ${caller.attempt}`
    return conflict(
      step,
      `, not by ${who}.`,
      "Stop working on it: it is not yours any more. Call claim_step for other work."
    )
  }
  if (!isMine || step.status !== to) return notAllowed(action, step)
  const next =
    action === "start"
      ? "It is yours: go on with it, then call complete_step or fail_step."
      : advice(action, step.status)
  return conflict(step, ` already, by an earlier ${tool} with other content.`, next)
}
