import * as Schema from "effect/Schema"
import { Blocker } from "../Claim.ts"
import { Step, StepCounts } from "../Entities.ts"
import { AgentId, ProjectName, StepId, StepNum } from "../Ids.ts"
import { ProjectStatus, StepStatus } from "../Status.ts"
import { Timestamp } from "../Text.ts"

/*
 * Explanations of why steps cannot be claimed. Lists are bounded so that an answer costs the same in any plan and stays
 * under 20 KB. `…_more` fields count what was omitted. See docs/architecture.md, "Flat cost".
 */

const Count = Schema.NonNegativeInt

const { project: _, ...inProject } = Blocker.fields

/** A step that blocks another one of its project, and its holder. */
export const BlockerInProject = Schema.Struct(inProject)
export type BlockerInProject = typeof BlockerInProject.Type

/** A direct or transitive dependency of the explained step. */
export const ChainStep = Schema.Struct({
  ...inProject,
  /** Numbers of the steps that depend on it directly: the explained step, or others in the chain. */
  blocks: Schema.Array(StepNum)
})
export type ChainStep = typeof ChainStep.Type

/** Why a step cannot be claimed, and what must happen first. */
export const StepExplanation = Schema.Struct({
  id: StepId,
  step_num: StepNum,
  title: Schema.optional(Schema.String),
  project: ProjectName,
  branch: Schema.String,
  status: StepStatus,
  /** Whether any agent can claim it now. */
  ready: Schema.Boolean,
  /** One or two sentences for a model. */
  reason: Schema.String,
  /** What the caller can do next. */
  next: Schema.String,
  attempt: Step.fields.attempt,
  agent_id: Schema.optional(AgentId),
  claimed_at: Schema.optional(Timestamp),
  lease_expires_at: Schema.optional(Timestamp),
  session: Step.fields.session,
  /** Direct and transitive dependencies that are not met, nearest first. At most 50. */
  waits_for: Schema.Array(ChainStep),
  /** Number of omitted dependencies. A lower bound if the chain has more than 200 steps. */
  waits_for_more: Schema.optional(Count),
  /**
   * What must happen first: the dependencies found that wait for no other step. Ordered: failed, not merged, ready,
   * held. At most 10.
   */
  roots: Schema.Array(BlockerInProject),
  /** Number of omitted roots. */
  roots_more: Schema.optional(Count)
})
export type StepExplanation = typeof StepExplanation.Type

/** A failed step, and the steps it blocks. */
export const FailedBlocker = Schema.Struct({
  step_id: StepId,
  step_num: StepNum,
  /** The agent that failed it. */
  agent_id: Schema.optional(AgentId),
  /** Numbers of the steps that depend on it, directly or not. At most 20. */
  blocks: Schema.Array(StepNum),
  /** Number of steps that depend on it, directly or not. Counted up to 100. */
  blocks_count: Count,
  /** Present if counting stopped before the end. */
  blocks_more: Schema.optional(Schema.Literal(true))
})
export type FailedBlocker = typeof FailedBlocker.Type

/** A step, and how many others it blocks. */
export const BlockingStep = Schema.Struct({
  ...inProject,
  /** Number of steps that depend on it, directly or not. */
  blocks_count: Count
})
export type BlockingStep = typeof BlockingStep.Type

/** The longest chain of unfinished steps. */
export const RemainingPath = Schema.Struct({
  /**
   * Lower bound of the remaining time with any number of agents, in minutes. A step without an estimate counts as long
   * as the mean of the project's estimates.
   */
  minutes: Count,
  /** Number of steps in the chain. */
  length: Count,
  /** The first steps of the chain, each a dependency of the next. At most 30. */
  steps: Schema.Array(BlockerInProject)
})
export type RemainingPath = typeof RemainingPath.Type

/** What determines when a project finishes. */
export const ProjectExplanation = Schema.Struct({
  project: ProjectName,
  status: ProjectStatus,
  total_steps: Count,
  step_counts: StepCounts,
  critical_path: RemainingPath,
  /** The steps that block the most others. At most 10. */
  blocking_most: Schema.Array(BlockingStep),
  /** Present if counting for every step took too long. Other steps may then block more. */
  blocking_most_incomplete: Schema.optional(Schema.Literal(true)),
  /** Failed steps that block others, longest chains first. At most 20. */
  blocked_by_failed: Schema.Array(FailedBlocker)
})
export type ProjectExplanation = typeof ProjectExplanation.Type
