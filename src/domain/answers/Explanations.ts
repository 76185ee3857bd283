import * as Schema from "effect/Schema"
import { Blocker, Step, StepCounts } from "../Entities.ts"
import { AgentId, ProjectName, StepId, StepNum } from "../Ids.ts"
import { ProjectStatus, StepStatus } from "../Status.ts"
import { Timestamp } from "../Text.ts"

/*
 * Why steps are not handed out. Lists are bounded, so that an answer costs as little in the largest plan as in a small one, and a
 * tool's result stays under 20 KB; what was left out is counted.
 */

const Count = Schema.NonNegativeInt

const { project: _, ...inProject } = Blocker.fields

/** A step of the same project that another one waits for, and who has it. */
export const Awaited = Schema.Struct(inProject)
export type Awaited = typeof Awaited.Type

/** A step in the chain that one waits for. */
export const ChainStep = Schema.Struct({
  ...inProject,
  /** Numbers of the steps in the chain, and of the one that is explained, that wait for it directly. */
  blocks: Schema.Array(StepNum)
})
export type ChainStep = typeof ChainStep.Type

/** Why a step is not to be had, and what must happen before it is. */
export const StepExplanation = Schema.Struct({
  id: StepId,
  step_num: StepNum,
  project: ProjectName,
  branch: Schema.String,
  status: StepStatus,
  /** Whether claim_step gives it to whoever asks. */
  ready: Schema.Boolean,
  /** One or two sentences for a model. */
  reason: Schema.String,
  /** What to do about it. */
  next: Schema.String,
  attempt: Step.fields.attempt,
  agent_id: Schema.optional(AgentId),
  claimed_at: Schema.optional(Timestamp),
  lease_expires_at: Schema.optional(Timestamp),
  /** The steps that it waits for, directly or not, the nearest first: at most 50. */
  waits_for: Schema.Array(ChainStep),
  /** How many more of those there are. Where the chain is long, at least as many: it is followed over 200 steps. */
  waits_for_more: Schema.optional(Count),
  /**
   * What must happen first: those of the chain that wait for no other step, as far as they were found. Failed, not merged,
   * claimable and held ones in turn; at most 10.
   */
  roots: Schema.Array(Awaited),
  /** How many more of those were found. */
  roots_more: Schema.optional(Count)
})
export type StepExplanation = typeof StepExplanation.Type

/** A failed step, and which steps cannot begin because of it. */
export const FailedBlocker = Schema.Struct({
  step_id: StepId,
  step_num: StepNum,
  /** Who failed it. */
  agent_id: Schema.optional(AgentId),
  /** Numbers of steps that wait for it, directly or not: at most 20. */
  blocks: Schema.Array(StepNum),
  /** How many wait for it in all, counted up to 100. */
  blocks_count: Count,
  /** True where there may be more than were counted. */
  blocks_more: Schema.optional(Schema.Literal(true))
})
export type FailedBlocker = typeof FailedBlocker.Type

/** A step, and how many others it holds up. */
export const BlockingStep = Schema.Struct({
  ...inProject,
  /** How many steps wait for it, directly or not. */
  blocks_count: Count
})
export type BlockingStep = typeof BlockingStep.Type

/** The longest chain of what is left to do. */
export const RemainingPath = Schema.Struct({
  /** No number of agents finishes sooner than in this time, as the estimates have it (1 minute where there is none). */
  minutes: Count,
  /** How many steps it has. */
  length: Count,
  /** The first of them, each waiting for the one before: at most 30. */
  steps: Schema.Array(Awaited)
})
export type RemainingPath = typeof RemainingPath.Type

/** What decides when a project is finished. */
export const ProjectExplanation = Schema.Struct({
  project: ProjectName,
  status: ProjectStatus,
  total_steps: Count,
  step_counts: StepCounts,
  critical_path: RemainingPath,
  /** Those that most others wait for, at most 10. */
  blocking_most: Schema.Array(BlockingStep),
  /** Where counting for all steps would have taken too long: others may block more than these. */
  blocking_most_incomplete: Schema.optional(Schema.Literal(true)),
  /** Failed steps that hold up others, the longest chains first: at most 20. */
  blocked_by_failed: Schema.Array(FailedBlocker)
})
export type ProjectExplanation = typeof ProjectExplanation.Type
