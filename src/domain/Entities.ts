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

/** The results of one dependency of a claimed step. */
export const DependencyResult = Schema.Struct({
  step_num: StepNum,
  branch: Schema.String,
  last_commit: Schema.optional(Schema.String),
  /** The first 2,000 characters, ending in … if truncated. get_step returns all. */
  notes: Schema.optional(Schema.String),
  /** At most 100 files. get_step returns all. */
  files_modified: Schema.optional(Schema.Array(Schema.String)),
  /** Number of omitted files. */
  files_modified_more: Schema.optional(Count)
})
export type DependencyResult = typeof DependencyResult.Type

/** How an earlier attempt ended. */
export const PastAttempt = Schema.Struct({
  attempt: Attempt,
  agent_id: Schema.optional(Schema.String),
  outcome: Schema.Literal("failed", "released", "recovered"),
  /** Where its agent worked, if it said so: a folder on that agent's machine, which may still hold its work. */
  worktree: Schema.optional(Schema.String),
  /** The reason, if one was given: the first 2,000 characters, ending in … if truncated. */
  notes: Schema.optional(Schema.String)
})
export type PastAttempt = typeof PastAttempt.Type

/** A step that the caller of a claim holds already. */
export const Holding = Schema.Struct({
  step_id: StepId,
  step_num: StepNum,
  project: ProjectName,
  status: StepStatus,
  attempt: Attempt,
  lease_expires_at: Schema.optional(Timestamp)
})
export type Holding = typeof Holding.Type

/** A claimed step with everything its agent needs to start. */
export class ClaimedStep extends Step.extend<ClaimedStep>("ClaimedStep")({
  base_commit: Schema.optional(Schema.String),
  /** At most 50, by step number. `depends_on` of get_step lists all. */
  dependencies: Schema.Array(DependencyResult),
  /** Number of omitted dependencies. */
  dependencies_more: Schema.optional(Count),
  /** The latest 10, oldest first. Absent on the first attempt. */
  previous_attempts: Schema.optional(Schema.Array(PastAttempt))
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
  warnings
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

/** Why there is no step to claim. */
export const NoWorkReason = Schema.Literal(
  "all_blocked",
  "all_claimed",
  "all_done",
  "failed_upstream",
  "all_failed",
  "files_in_use",
  "no_projects",
  "no_steps",
  "no_such_scope",
  "held_by_you",
  "project_aborted",
  "project_paused"
)
export type NoWorkReason = typeof NoWorkReason.Type

/** A step that blocks others, and its holder. */
export const Blocker = Schema.Struct({
  step_id: StepId,
  step_num: StepNum,
  project: ProjectName,
  status: StepStatus,
  agent_id: Schema.optional(AgentId),
  claimed_at: Schema.optional(Timestamp),
  lease_expires_at: Schema.optional(Timestamp)
})
export type Blocker = typeof Blocker.Type

/** The answer of a claim: the step; or why there is none, its blockers, and when to retry, in seconds. */
export const Claim = Schema.Struct({
  step: Schema.NullOr(ClaimedStep),
  /** What the caller held before, at most 10. Absent if nothing. get_agent_work lists all. */
  holding: Schema.optional(Schema.Array(Holding)),
  reason: Schema.optional(NoWorkReason),
  /** The steps that block the most: held, failed, or completed but not merged if `unblock_on` is merged. At most 10. */
  blocked_by: Schema.optional(Schema.Array(Blocker)),
  /** The scopes of the request that no step has, in the project or, without one, in any. */
  unknown_scopes: Schema.optional(Schema.Array(Schema.String)),
  /** With unknown_scopes: the scopes that exist, in alphabetical order. At most 20. */
  scopes: Schema.optional(Schema.Array(Schema.String)),
  /** Number of omitted scopes. */
  scopes_more: Schema.optional(Count),
  retry_after_seconds: Schema.optional(Schema.Positive)
})
export type Claim = typeof Claim.Type

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
