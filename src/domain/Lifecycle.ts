import { isDone, isLive, liveStatuses, type StepStatus } from "./Status.ts"

/** An action on a step. */
export type Action =
  | "claim"
  | "start"
  | "heartbeat"
  | "complete"
  | "fail"
  | "release"
  | "recover"
  | "recover_failed"
  | "merge"
  | "reopen"
  | "cancel"

interface Transition {
  readonly from: ReadonlyArray<StepStatus>
  /** Absent if the action keeps the status. */
  readonly to?: StepStatus
  /** Name of the tool that performs the action. */
  readonly tool: string
}

/**
 * The one table of transitions. SQL guards and error messages derive from it. See docs/architecture.md, "Lifecycle".
 */
export const transitions: { readonly [A in Action]: Transition } = {
  claim: { from: ["not_started"], to: "claimed", tool: "claim_step" },
  start: { from: ["claimed"], to: "in_progress", tool: "start_step" },
  heartbeat: { from: liveStatuses, tool: "heartbeat" },
  complete: { from: ["in_progress"], to: "completed", tool: "complete_step" },
  fail: { from: liveStatuses, to: "failed", tool: "fail_step" },
  release: { from: liveStatuses, to: "not_started", tool: "release_step" },
  recover: { from: liveStatuses, to: "not_started", tool: "recover_step" },
  recover_failed: { from: ["failed"], to: "not_started", tool: "recover_failed_step" },
  merge: { from: ["completed"], to: "merged", tool: "merge_step" },
  reopen: { from: ["completed"], to: "not_started", tool: "update_plan" },
  cancel: { from: ["not_started", "failed"], to: "cancelled", tool: "update_plan" }
}

/** Whether a step of that status allows the action. */
export const allows = (action: Action, status: StepStatus): boolean => transitions[action].from.includes(status)

/** Returns the status after the action, or undefined if the action is not allowed. */
export const after = (action: Action, status: StepStatus): StepStatus | undefined =>
  allows(action, status) ? (transitions[action].to ?? status) : undefined

/** Returns what to do next when a step of that status does not allow the action. */
export const advice = (action: Action, status: StepStatus): string => {
  if (action === "complete" && status === "claimed") return "Call start_step first, then complete_step."
  if (action === "merge" && isLive(status)) return "Its agent goes on with it; call merge_step once it is completed."
  if (action === "reopen" && status === "merged") {
    return "Its branch is merged: call update_plan to add a step for what is missing."
  }
  if (action === "reopen" && isLive(status))
    return "Its agent is still at work; call update_plan again once it is completed."
  if (isLive(status)) return "Its agent goes on with it; call claim_step for other work."
  if (isDone(status)) return "Nothing is left to do on it; call claim_step for other work."
  if (status === "cancelled") return "It is no longer part of the plan; call claim_step for other work."
  if (status === "failed") return "Call recover_failed_step to make it claimable again."
  return "Nobody holds it; call claim_step to take it."
}
