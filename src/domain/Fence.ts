import type { Blocker } from "./Claim.ts"
import type { SessionInfo, Step } from "./Entities.ts"
import { Conflict, type Holder } from "./Errors.ts"
import { type Action, advice, transitions } from "./Lifecycle.ts"
import { isLive } from "./Status.ts"

/** The calling agent, taken from the request or from this session's claims. */
export interface Caller {
  readonly agent_id: Holder["agent_id"]
  /** Absent if neither the request nor this session's claims give it. It then matches any attempt of that agent. */
  readonly attempt?: Holder["attempt"] | undefined
  /** Whether the request itself gives the attempt: then it is believed through any session. */
  readonly isProven: boolean
}

/** Why the caller is not known: the session has claimed nothing there, or several agents have claimed through it. */
export type Unknown = "nobody" | "several"

/**
 * Returns the caller: the request, completed from this session's claims. hq never guesses: if several agents have claimed
 * through the session, each must name itself. See docs/architecture.md, "Fencing".
 *
 * @param claimed the latest claim of the step by each agent that claimed it through this session
 * @param isShared whether several agents have claimed through this session
 */
export const caller = (
  request: { readonly agent_id?: Holder["agent_id"] | undefined; readonly attempt?: Holder["attempt"] | undefined },
  claimed: ReadonlyArray<Holder>,
  isShared: boolean
): Caller | Unknown => {
  if (request.agent_id === undefined && isShared) return "several"
  const agent_id = request.agent_id ?? claimed[0]?.agent_id
  if (agent_id === undefined) return "nobody"
  const known = claimed.find((claim) => claim.agent_id === agent_id)
  return { agent_id, attempt: request.attempt ?? known?.attempt, isProven: request.attempt !== undefined }
}

/** Whether the caller holds the step's latest attempt. */
export const isOf = (step: Step, caller: Caller): boolean =>
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
export const notAllowed = (action: Action, step: Step): Conflict =>
  conflict(step, `: ${transitions[action].tool} is not allowed.`, advice(action, step.status))

/** Returns the Conflict for claiming a step that the caller holds. */
export const heldByYou = (step: Step): Conflict =>
  new Conflict({
    ...notAllowed("claim", step),
    held_by_you: true,
    advice: `It is yours already, in attempt ${step.attempt}: go on with it.`
  })

const through = ({ client_name, client_version, host, last_seen_at, pid, started_at }: SessionInfo): string => {
  const version = client_version === undefined ? "" : ` ${client_version}`
  const client = client_name === undefined ? "" : `client ${JSON.stringify(`${client_name}${version}`)}, `
  return `another live session (${client}process ${pid} on ${host}, since ${started_at}, last seen at ${last_seen_at})`
}

/**
 * Returns the Conflict for a caller that gives the holder's name through a session that does not hold the step, while
 * the holder's session lives.
 *
 * @param tool the one that was called
 */
export const heldElsewhere = (step: Step, session: SessionInfo, tool: string): Conflict => {
  const same =
    tool === transitions.claim.tool
      ? `go on with it: call start_step with attempt ${step.attempt}.`
      : `call ${tool} again with attempt ${step.attempt}.`
  return conflict(
    step,
    ` through ${through(session)}.`,
    `Choose another agent_id, one that no other agent uses; or, if that session is yours, too, ${same}`
  )
}

/** A holder that gave a sign of life within this time keeps its step, unless taking it is forced. In milliseconds. */
const aliveFor = 60_000

/** Whether the holder has just given a sign of life. @param now milliseconds since 1970 */
export const isAlive = ({ last_heartbeat }: Step, now: number): boolean =>
  last_heartbeat !== undefined && Date.parse(last_heartbeat) > now - aliveFor

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
export const refusal = (action: Action, step: Step, caller: Caller | Unknown): Conflict => {
  const { tool, to } = transitions[action]
  if (caller === "nobody") {
    return conflict(
      step,
      ". This session does not know which agent is calling.",
      `Call ${tool} again with agent_id and attempt as claim_step gave them.`
    )
  }
  if (caller === "several") {
    return conflict(
      step,
      ". Several agents have asked for steps through this session, and the call does not say which one it is.",
      `Call ${tool} again with agent_id as you gave it to claim_step.`
    )
  }
  const isMine = isOf(step, caller)
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
