import * as Schema from "effect/Schema"

/** Status of a step. See docs/architecture.md, "Lifecycle". */
export const StepStatus = Schema.Literal(
  "not_started",
  "claimed",
  "in_progress",
  "completed",
  "merged",
  "failed",
  "cancelled"
)
export type StepStatus = typeof StepStatus.Type

/** Status of a project. Only steps of active projects are claimed. */
export const ProjectStatus = Schema.Literal("active", "paused", "completed", "aborted").annotations({
  message: () => ({ message: "must be active, paused, completed or aborted", override: true })
})
export type ProjectStatus = typeof ProjectStatus.Type

/** Project status that a caller may set. A project becomes completed by itself. */
export const GivenStatus = Schema.Literal("active", "paused", "aborted").annotations({
  message: () => ({ message: "must be active, paused or aborted", override: true })
})

/** When a dependency is met: once it is completed, or once its branch is merged. */
export const UnblockOn = Schema.Literal("completed", "merged").annotations({
  message: () => ({ message: "must be completed or merged", override: true })
})
export type UnblockOn = typeof UnblockOn.Type

/** Kind of an event in the audit trail. */
export const EventType = Schema.Literal(
  "claimed",
  "started",
  "heartbeat",
  "completed",
  "refused_completion",
  "failed",
  "released",
  "recovered",
  "merged",
  "added",
  "changed",
  "reopened",
  "cancelled",
  "updated",
  "deleted"
)
export type EventType = typeof EventType.Type

/** Statuses of a step that an agent holds. */
export const liveStatuses = ["claimed", "in_progress"] as const satisfies ReadonlyArray<StepStatus>

/** Statuses of a step whose work is finished. */
const doneStatuses = ["completed", "merged"] as const satisfies ReadonlyArray<StepStatus>

export const isLive = (status: StepStatus): boolean => (liveStatuses as ReadonlyArray<StepStatus>).includes(status)
export const isDone = (status: StepStatus): boolean => (doneStatuses as ReadonlyArray<StepStatus>).includes(status)
