import * as Schema from "effect/Schema"

/** Status of a step. Source: design section 2. */
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

/** Status of a project. Only the steps of an active one are claimed. */
export const ProjectStatus = Schema.Literal("active", "paused", "completed", "aborted").annotations({
  message: () => ({ message: "must be active, paused, completed or aborted", override: true })
})
export type ProjectStatus = typeof ProjectStatus.Type

/** Status that a caller may give to a project: it becomes completed by itself. */
export const GivenStatus = Schema.Literal("active", "paused", "aborted").annotations({
  message: () => ({ message: "must be active, paused or aborted", override: true })
})

/** When a dependency is met: once it is completed, or only once its branch is merged. */
export const UnblockOn = Schema.Literal("completed", "merged").annotations({
  message: () => ({ message: "must be completed or merged", override: true })
})
export type UnblockOn = typeof UnblockOn.Type

/** What an event of the audit trail tells. */
export const EventType = Schema.Literal(
  "claimed",
  "started",
  "heartbeat",
  "completed",
  "failed",
  "released",
  "recovered",
  "merged",
  "added",
  "changed",
  "cancelled"
)
export type EventType = typeof EventType.Type

/** An agent holds the step. */
export const liveStatuses = ["claimed", "in_progress"] as const satisfies ReadonlyArray<StepStatus>

/** The work on the step is done. */
export const doneStatuses = ["completed", "merged"] as const satisfies ReadonlyArray<StepStatus>

export const isLive = (status: StepStatus): boolean => (liveStatuses as ReadonlyArray<StepStatus>).includes(status)
export const isDone = (status: StepStatus): boolean => (doneStatuses as ReadonlyArray<StepStatus>).includes(status)
