import * as Schema from "effect/Schema"
import { AgentId, Attempt, EventId, ProjectId, ProjectName, StepId, StepNum } from "./Ids.ts"
import { EventType, ProjectStatus, StepStatus, UnblockOn } from "./Status.ts"
import { Timestamp } from "./Text.ts"

/*
 * Field names and values match the columns of the contract, in the database, TypeScript and JSON. NULL columns are
 * absent here.
 */

const Count = Schema.NonNegativeInt

/** A connected client, through which agents claim steps. */
export const SessionInfo = Schema.Struct({
  id: Schema.String,
  /** What the client says of itself, such as "claude-code". */
  client_name: Schema.optional(Schema.String),
  client_version: Schema.optional(Schema.String),
  /** The machine and the process that serve it. */
  host: Schema.String,
  pid: Schema.Int,
  started_at: Timestamp,
  /** Time of the latest sign of life that the store has. */
  last_seen_at: Timestamp,
  /** Present if the client has disconnected. */
  ended_at: Schema.optional(Timestamp)
})
export type SessionInfo = typeof SessionInfo.Type

/** A completion that was refused, because the step was not its agent's any more. */
export const RefusedCompletion = Schema.Struct({
  agent_id: Schema.String,
  attempt: Schema.optional(Attempt),
  commit_hash: Schema.String,
  timestamp: Timestamp
})
export type RefusedCompletion = typeof RefusedCompletion.Type

/** A work item of a project. */
export class Step extends Schema.Class<Step>("Step")({
  id: StepId,
  project_id: ProjectId,
  step_num: StepNum,
  branch: Schema.String,
  scope: Schema.String,
  title: Schema.optional(Schema.String),
  /** What to do, and how to know that it is done. Present only when the step is claimed, or returned alone. */
  description: Schema.optional(Schema.String),
  status: StepStatus,
  /** Higher priorities are claimed first. Default: 0. */
  priority: Schema.Int,
  /** Estimated work, in minutes. */
  estimate_minutes: Schema.optional(Schema.Int),
  /** Number of claims so far: 0 before the first claim. It is the fencing token. */
  attempt: Schema.Union(Schema.Literal(0), Attempt),
  /** Current holder, or the last one if the step is completed, merged or failed. */
  agent_id: Schema.optional(AgentId),
  worktree: Schema.optional(Schema.String),
  claimed_at: Schema.optional(Timestamp),
  started_at: Schema.optional(Timestamp),
  completed_at: Schema.optional(Timestamp),
  last_heartbeat: Schema.optional(Timestamp),
  /** End of the lease, unless a sign of life renews it. */
  lease_expires_at: Schema.optional(Timestamp),
  last_commit: Schema.optional(Schema.String),
  /** The commit that merged its branch. */
  merge_commit: Schema.optional(Schema.String),
  files_modified: Schema.optional(Schema.Array(Schema.String)),
  /** Globs of the files that the step will change. */
  files: Schema.optional(Schema.Array(Schema.String)),
  notes: Schema.optional(Schema.String),
  /** The session through which it is held. Present only when the step is returned alone, within its project or as an agent's work. */
  session: Schema.optional(SessionInfo),
  /** Numbers of its dependencies. Present only when the step is returned alone or within its project. */
  depends_on: Schema.optional(Schema.Array(StepNum)),
  /** The latest 10 completions that were refused, oldest first: their commits may hold work. Present only when the step is returned alone. */
  refused_completions: Schema.optional(Schema.Array(RefusedCompletion))
}) {}

/** Another step of the project whose branch may conflict when merged. */
export const Overlap = Schema.Struct({
  step_id: StepId,
  step_num: StepNum,
  branch: Schema.String,
  /** claimed or in_progress if held, completed if not merged yet. */
  status: StepStatus,
  agent_id: Schema.optional(AgentId),
  /** A file that this step changed or a glob that it declared, and the overlapping one of the other step. */
  file: Schema.String,
  other_file: Schema.String
})
export type Overlap = typeof Overlap.Type

/** A step that was just completed. */
export class CompletedStep extends Step.extend<CompletedStep>("CompletedStep")({
  /** At most 20, held steps first. Dependencies are left out because this step builds on them. */
  overlaps: Schema.Array(Overlap)
}) {}

/** Number of steps by status. Statuses without steps are absent. */
export const StepCounts = Schema.partial(Schema.Record({ key: StepStatus, value: Count }))
export type StepCounts = typeof StepCounts.Type

/** A plan that agents work on together, with its step counts. */
export class Project extends Schema.Class<Project>("Project")({
  id: ProjectId,
  name: ProjectName,
  base_commit: Schema.optional(Schema.String),
  created_at: Timestamp,
  status: ProjectStatus,
  /** Steps of projects with higher priority are claimed first. */
  priority: Schema.Int,
  /** The status that a dependency must reach to be met. */
  unblock_on: UnblockOn,
  /** Starts at 1. Every edit of the plan adds 1. */
  revision: Schema.Int,
  /** Excludes cancelled steps. */
  total_steps: Count,
  step_counts: StepCounts
}) {}

/** What the caller should know of the branches that it gave to steps. Absent if there is nothing to warn of. */
const warnings = Schema.optional(Schema.Array(Schema.String))

/** A project that was just created. */
export class CreatedProject extends Project.extend<CreatedProject>("CreatedProject")({ warnings }) {}

/** The result of an edit: the project afterwards, and the number of changes. */
export const PlanUpdated = Schema.Struct({
  ...Project.fields,
  added: Count,
  changed: Count,
  /** Numbers of the cancelled steps, including cancelled dependents. At most 100. */
  cancelled: Schema.Array(StepNum),
  warnings,
  /** Numbers of the reopened steps. At most 100. Absent if there are none. */
  reopened: Schema.optional(Schema.Array(StepNum))
})
export type PlanUpdated = typeof PlanUpdated.Type

/** What was deleted with a project. Its events stay. */
export const DeletedProject = Schema.Struct({
  name: ProjectName,
  steps: Count,
  dependencies: Count,
  /** Deleted rows of failed_steps_history. */
  failed_attempts: Count,
  /** Number of live claims. */
  claims: Count
})
export type DeletedProject = typeof DeletedProject.Type

/** A row of the audit trail. */
export class AgentEvent extends Schema.Class<AgentEvent>("AgentEvent")({
  id: EventId,
  /** "system" if no agent acted. */
  agent_id: Schema.String,
  project_id: Schema.optional(ProjectId),
  step_id: Schema.optional(StepId),
  event_type: EventType,
  timestamp: Timestamp,
  metadata: Schema.optional(Schema.Record({ key: Schema.String, value: Schema.Unknown }))
}) {}

const Scopes = Schema.Record({ key: Schema.String, value: Count })

/** Mean time from start to completion, in hours. Null before the first completion. */
const AvgTimeHours = Schema.NullOr(Schema.NonNegative)

/**
 * Metrics of one project, or of all. `in_progress` includes claimed steps and `completed` merged ones. Cancelled steps
 * are not counted.
 */
export const ProjectMetrics = Schema.Struct({
  total_steps: Count,
  completed: Count,
  failed: Count,
  in_progress: Count,
  not_started: Count,
  avg_time_hours: AvgTimeHours,
  scopes: Scopes
})
export type ProjectMetrics = typeof ProjectMetrics.Type

/** Metrics of one agent. `scopes` counts its completed steps. */
export const AgentMetrics = Schema.Struct({
  steps_completed: Count,
  avg_time_hours: AvgTimeHours,
  scopes: Scopes
})
export type AgentMetrics = typeof AgentMetrics.Type

/** The fields of a project or of an agent; the fields of both over everything if the request names neither. */
export type Metrics = ProjectMetrics | AgentMetrics | (ProjectMetrics & Pick<AgentMetrics, "steps_completed">)
