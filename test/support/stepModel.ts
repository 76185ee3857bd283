import type { Answer } from "./client.ts"
import type { Model } from "./linearizability.ts"

/*
 * One step as the design has it, without leases: what each call does to it, and what it must be answered.
 * Says the same as the lifecycle and the fence of the program, in other words.
 */

/** What can be done to the step. */
export type StepOp =
  | { readonly tool: "claim_step"; readonly agent: string }
  | {
      readonly tool: "start_step" | "complete_step" | "fail_step" | "release_step"
      readonly agent: string
      readonly attempt: number
    }
  | { readonly tool: "recover_step" | "recover_failed_step" | "get_step" }
  /** An edit of the plan that cancels the step, or says what it is to be. */
  | { readonly tool: "update_plan"; readonly edit: "cancel" | "change" }
  /** A claim of the next ready step passed it over: it was not ready. */
  | { readonly tool: "passed over" }

/** What the caller was told of the step. */
export interface Seen {
  readonly isRefused: boolean
  readonly status?: string
  readonly attempt?: number
  readonly agent?: string
}

export interface StepState {
  readonly status: string
  readonly attempt: number
  /** Who holds it, or held it last. */
  readonly agent?: string
  /** How the last holder lost it, as long as nobody has claimed it since. */
  readonly left?: "recovered" | "released"
}

const isLive = (state: StepState) => state.status === "claimed" || state.status === "in_progress"

/** The state after the operation; undefined where it must be refused. */
const transition = (state: StepState, op: StepOp): StepState | undefined => {
  const { agent, attempt, left, status } = state
  const isCallers = "attempt" in op && op.agent === agent && op.attempt === attempt
  const free = { status: "not_started", attempt, ...(agent === undefined ? {} : { agent }) }
  switch (op.tool) {
    case "claim_step":
      return status === "not_started" ? { status: "claimed", attempt: attempt + 1, agent: op.agent } : undefined
    case "passed over":
      return status === "not_started" ? undefined : state
    case "start_step":
      return isCallers && isLive(state) ? { ...state, status: "in_progress" } : undefined
    case "complete_step": {
      const isAllowed = status === "in_progress" || status === "completed" || left === "recovered"
      return isCallers && isAllowed ? { status: "completed", attempt, agent: op.agent } : undefined
    }
    case "fail_step":
      return isCallers && (isLive(state) || status === "failed") ? { ...state, status: "failed" } : undefined
    case "release_step":
      return isCallers && (isLive(state) || left === "released") ? { ...free, left: "released" } : undefined
    case "recover_step":
      return isLive(state) ? { ...free, left: "recovered" } : undefined
    case "recover_failed_step":
      return status === "failed" ? free : undefined
    case "get_step":
      return state
    case "update_plan":
      if (status === "not_started" && op.edit === "change") return state
      return op.edit === "cancel" && ["not_started", "failed", "cancelled"].includes(status)
        ? { status: "cancelled", attempt, ...(agent === undefined ? {} : { agent }) }
        : undefined
  }
}

const fits = (state: StepState, seen: Seen): boolean =>
  (seen.status === undefined || seen.status === state.status) &&
  (seen.attempt === undefined || seen.attempt === state.attempt) &&
  (seen.agent === undefined || seen.agent === state.agent)

export const stepModel: Model<StepState, StepOp, Seen> = {
  initial: { status: "not_started", attempt: 0 },
  step: (state, op, seen) => {
    const next = transition(state, op)
    if (seen === undefined) return next
    if (seen.isRefused) return next === undefined && fits(state, seen) ? state : undefined
    return next !== undefined && fits(next, seen) ? next : undefined
  }
}

/** What an answer tells of the step: the step itself, or the Conflict's holder and status. */
export const seenIn = ({ isError, structured, value }: Answer, tool?: StepOp["tool"]): Seen => {
  // That is answered with the project.
  if (tool === "update_plan" && !isError) return { isRefused: false }
  const { status, attempt, agent_id } = isError
    ? { status: structured.error.status, ...structured.error.holder }
    : { status: value?.status, attempt: value?.attempt, agent_id: value?.agent_id }
  return {
    isRefused: isError,
    ...(status === undefined ? {} : { status }),
    ...(attempt === undefined ? {} : { attempt }),
    ...(agent_id === undefined ? {} : { agent: agent_id })
  }
}
