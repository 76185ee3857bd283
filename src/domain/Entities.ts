import * as Schema from "effect/Schema"
import { AgentId, Attempt, EventId, ProjectId, ProjectName, StepId, StepNum } from "./Ids.ts"
import { EventType, ProjectStatus, StepStatus, UnblockOn } from "./Status.ts"
import { Timestamp } from "./Text.ts"

/*
 * Entities carry the names and words of the contract's columns, in the database, in TypeScript and in JSON alike.
 * What a row has as NULL is absent here.
 */

const Count = Schema.NonNegativeInt

/** Work item of a project. */
export class Step extends Schema.Class<Step>("Step")({
  id: StepId,
  project_id: ProjectId,
  step_num: StepNum,
  branch: Schema.String,
  scope: Schema.String,
  status: StepStatus,
  /** Claimed before steps of lower priority; 0 where nobody set it. */
  priority: Schema.Int,
  /** Minutes that the work should take. */
  estimate_minutes: Schema.optional(Schema.Int),
  /** Number of its claims so far: 0 before the first. */
  attempt: Schema.Union(Schema.Literal(0), Attempt),
  /** Who holds it, or held it last when it is completed, merged or failed. */
  agent_id: Schema.optional(AgentId),
  worktree: Schema.optional(Schema.String),
  claimed_at: Schema.optional(Timestamp),
  started_at: Schema.optional(Timestamp),
  completed_at: Schema.optional(Timestamp),
  last_heartbeat: Schema.optional(Timestamp),
  /** Until when the claim is believed without a sign of life. */
  lease_expires_at: Schema.optional(Timestamp),
  last_commit: Schema.optional(Schema.String),
  /** The commit that brought its branch in. */
  merge_commit: Schema.optional(Schema.String),
  files_modified: Schema.optional(Schema.Array(Schema.String)),
  /** Globs of the files that it is going to change. */
  files: Schema.optional(Schema.Array(Schema.String)),
  notes: Schema.optional(Schema.String),
  /** Step numbers it waits for; given where a step is shown on its own or within its project. */
  depends_on: Schema.optional(Schema.Array(StepNum))
}) {}

/** What a claimed step builds on: one of its dependencies, with what was left for those that follow. */
export const Groundwork = Schema.Struct({
  step_num: StepNum,
  branch: Schema.String,
  last_commit: Schema.optional(Schema.String),
  /** The first 2,000 characters, with … where that is not all; get_step has them all. */
  notes: Schema.optional(Schema.String),
  /** At most 100; get_step has them all. */
  files_modified: Schema.optional(Schema.Array(Schema.String)),
  /** How many others there are. */
  files_modified_more: Schema.optional(Count)
})
export type Groundwork = typeof Groundwork.Type

/** How an earlier attempt at a step ended. */
export const PastAttempt = Schema.Struct({
  attempt: Attempt,
  agent_id: Schema.optional(Schema.String),
  outcome: Schema.Literal("failed", "released", "recovered"),
  /** Why, where somebody said so: the first 2,000 characters, with … where that is not all. */
  notes: Schema.optional(Schema.String)
})
export type PastAttempt = typeof PastAttempt.Type

/** A step with all that its agent needs to start. */
export class ClaimedStep extends Step.extend<ClaimedStep>("ClaimedStep")({
  base_commit: Schema.optional(Schema.String),
  /** At most 50, by step number; depends_on of get_step names all. */
  dependencies: Schema.Array(Groundwork),
  /** How many others there are. */
  dependencies_more: Schema.optional(Count),
  /** From the second attempt on: the latest 10, oldest first. */
  previous_attempts: Schema.optional(Schema.Array(PastAttempt))
}) {}

/** Another step of the project with which a merge conflict is to be expected. */
export const Overlap = Schema.Struct({
  step_id: StepId,
  step_num: StepNum,
  branch: Schema.String,
  /** in_progress or claimed: it is at work; completed: it is not merged yet. */
  status: StepStatus,
  agent_id: Schema.optional(AgentId),
  /** A file that this step changed, or a glob that it declared, and what the other has in common with it. */
  file: Schema.String,
  other_file: Schema.String
})
export type Overlap = typeof Overlap.Type

/** A step that has just been completed. */
export class CompletedStep extends Step.extend<CompletedStep>("CompletedStep")({
  /** At most 20, steps at work first. Steps that it depends on are left out: it builds on them. */
  overlaps: Schema.Array(Overlap)
}) {}

/** How many steps have each status; statuses without steps are absent. */
export const StepCounts = Schema.partial(Schema.Record({ key: StepStatus, value: Count }))
export type StepCounts = typeof StepCounts.Type

/** A plan that agents work on together, with its counts. */
export class Project extends Schema.Class<Project>("Project")({
  id: ProjectId,
  name: ProjectName,
  base_commit: Schema.optional(Schema.String),
  created_at: Timestamp,
  status: ProjectStatus,
  /** Its steps are claimed before those of projects of lower priority. */
  priority: Schema.Int,
  /** When a dependency is met. */
  unblock_on: UnblockOn,
  /** 1 at first, and one more with each edit of the plan. */
  revision: Schema.Int,
  /** Without cancelled ones. */
  total_steps: Count,
  step_counts: StepCounts
}) {}

/** What an edit of the plan came to: the project as it is now, and how much was changed. */
export const PlanUpdated = Schema.Struct({
  ...Project.fields,
  added: Count,
  changed: Count,
  /** Numbers of the cancelled steps, those that followed included: at most 100. */
  cancelled: Schema.Array(StepNum)
})
export type PlanUpdated = typeof PlanUpdated.Type

/** What went with a deleted project; its events stay. */
export const DeletedProject = Schema.Struct({
  name: ProjectName,
  steps: Count,
  dependencies: Count,
  /** Rows of failed_steps_history. */
  failed_attempts: Count,
  /** Claims that were live. */
  claims: Count
})
export type DeletedProject = typeof DeletedProject.Type

/** A row of the audit trail. */
export class AgentEvent extends Schema.Class<AgentEvent>("AgentEvent")({
  id: EventId,
  /** "system" where no agent acted. */
  agent_id: Schema.String,
  project_id: Schema.optional(ProjectId),
  step_id: Schema.optional(StepId),
  event_type: EventType,
  timestamp: Timestamp,
  metadata: Schema.optional(Schema.Record({ key: Schema.String, value: Schema.Unknown }))
}) {}

/** Why there is no work now. */
export const NoWorkReason = Schema.Literal(
  "all_blocked",
  "all_claimed",
  "all_done",
  "failed_upstream",
  "all_failed",
  "files_in_use",
  "project_aborted",
  "project_paused"
)
export type NoWorkReason = typeof NoWorkReason.Type

/** A step that others wait for, and who has it. */
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

/** Answer of a claim: the step, or why there is none, what is in the way, and in how many seconds it may be worth asking again. */
export const Claim = Schema.Struct({
  step: Schema.NullOr(ClaimedStep),
  reason: Schema.optional(NoWorkReason),
  /** The steps that hold up most: held, failed, or (where unblock_on is merged) not merged. At most 10. */
  blocked_by: Schema.optional(Schema.Array(Blocker)),
  retry_after_seconds: Schema.optional(Schema.Positive)
})
export type Claim = typeof Claim.Type

const Scopes = Schema.Record({ key: Schema.String, value: Count })

/** Mean time from start to completion, in hours; null before the first completion. */
const AvgTimeHours = Schema.NullOr(Schema.NonNegative)

/** Metrics of one project, or of all. `in_progress` counts claimed steps too, `completed` merged ones; cancelled ones count nowhere. */
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

/** Metrics of one agent. `scopes` counts the steps it completed. */
export const AgentMetrics = Schema.Struct({
  steps_completed: Count,
  avg_time_hours: AvgTimeHours,
  scopes: Scopes
})
export type AgentMetrics = typeof AgentMetrics.Type

/** A project's fields, an agent's, or (asked for neither) those of both over everything. */
export type Metrics = ProjectMetrics | AgentMetrics | (ProjectMetrics & Pick<AgentMetrics, "steps_completed">)
