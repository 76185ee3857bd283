import * as Schema from "effect/Schema"

/** Status of a step. Source: design section 2. */
export const StepStatus = Schema.Literal("not_started", "claimed", "in_progress", "completed", "merged", "failed")
export type StepStatus = typeof StepStatus.Type

/** Status of a project. */
export const ProjectStatus = Schema.Literal("active", "completed", "aborted").annotations({
  message: () => ({ message: "must be active, completed or aborted", override: true })
})
export type ProjectStatus = typeof ProjectStatus.Type

/** What an event of the audit trail tells. */
export const EventType = Schema.Literal(
  "claimed",
  "started",
  "heartbeat",
  "completed",
  "failed",
  "released",
  "recovered"
)
export type EventType = typeof EventType.Type

/** An agent holds the step. */
export const liveStatuses = ["claimed", "in_progress"] as const satisfies ReadonlyArray<StepStatus>

/** The step no longer holds up its dependents. */
export const doneStatuses = ["completed", "merged"] as const satisfies ReadonlyArray<StepStatus>

export const isLive = (status: StepStatus): boolean => (liveStatuses as ReadonlyArray<StepStatus>).includes(status)
export const isDone = (status: StepStatus): boolean => (doneStatuses as ReadonlyArray<StepStatus>).includes(status)
