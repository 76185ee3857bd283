import * as Schema from "effect/Schema"
import { Step } from "./Entities.ts"
import { AgentId, Attempt, ProjectName, StepId, StepNum } from "./Ids.ts"
import { StepStatus } from "./Status.ts"
import { Timestamp } from "./Text.ts"

/* What a claim answers. Field names are those of the entities. */

const Count = Schema.NonNegativeInt

const changedFiles = {
  /** At most 100 files. get_step returns all of a dependency. */
  files_modified: Schema.optional(Schema.Array(Schema.String)),
  /** Number of omitted files. */
  files_modified_more: Schema.optional(Count)
}

/** The results of one dependency of a claimed step. */
export const DependencyResult = Schema.Struct({
  step_num: StepNum,
  title: Schema.optional(Schema.String),
  branch: Schema.String,
  last_commit: Schema.optional(Schema.String),
  /** The first 2,000 characters, ending in … if truncated. get_step returns all. */
  notes: Schema.optional(Schema.String),
  ...changedFiles
})
export type DependencyResult = typeof DependencyResult.Type

/** How an earlier attempt ended. */
export const PastAttempt = Schema.Struct({
  attempt: Attempt,
  agent_id: Schema.optional(Schema.String),
  outcome: Schema.Literal("failed", "released", "recovered", "reopened"),
  /** Where its agent worked, if it said so: a folder on that agent's machine, which may still hold its work. */
  worktree: Schema.optional(Schema.String),
  /**
   * Why it ended, if a reason was given; the notes of its completion, if it was reopened. The first 2,000 characters,
   * ending in … if truncated.
   */
  notes: Schema.optional(Schema.String),
  /** Why the review rejected it, truncated like the notes. This field and those below are there if it was reopened. */
  rejected: Schema.optional(Schema.String),
  last_commit: Schema.optional(Schema.String),
  ...changedFiles
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
  title: Schema.optional(Schema.String),
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
  /** What the caller held before, at most 3. Absent if nothing. get_agent_work lists all. */
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
