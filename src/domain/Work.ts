import * as Schema from "effect/Schema"
import { NoWorkReason } from "./Claim.ts"
import { AgentId, Attempt, StepId, StepNum } from "./Ids.ts"

/* What a worker says and answers: see services/Worker. */

/** A command gives its step back, for another attempt, by whomever. */
export class GiveBack extends Schema.TaggedError<GiveBack>()("GiveBack", { reason: Schema.String }) {
  override get message(): string {
    return this.reason
  }
}

/** A program ended in another way than with exit code 0 or 75. */
export class ProgramFailed extends Schema.TaggedError<ProgramFailed>()("ProgramFailed", { reason: Schema.String }) {
  override get message(): string {
    return this.reason
  }
}

/** No step can be worked on: the repository or the command cannot be used. */
export class CannotWork extends Schema.TaggedError<CannotWork>()("CannotWork", {
  reason: Schema.String,
  advice: Schema.String
}) {
  override get message(): string {
    return `${this.reason} ${this.advice}`
  }
}

const attempt = {
  /** Which of the agents: from 1 on. */
  slot: Schema.Int,
  agent_id: AgentId,
  step_id: StepId,
  step_num: StepNum,
  attempt: Attempt
}

/** Something that a worker did. */
export const WorkEvent = Schema.Union(
  Schema.TaggedStruct("Started", {
    ...attempt,
    title: Schema.optional(Schema.String),
    branch: Schema.String,
    worktree: Schema.String,
    log: Schema.String
  }),
  Schema.TaggedStruct("Completed", { ...attempt, commit: Schema.String, files: Schema.Int, millis: Schema.Number }),
  Schema.TaggedStruct("Failed", { ...attempt, reason: Schema.String }),
  Schema.TaggedStruct("Released", { ...attempt, reason: Schema.String }),
  /** The step is not this attempt's any more. */
  Schema.TaggedStruct("Lost", { ...attempt, reason: Schema.String }),
  /** A failed step may be claimed again. */
  Schema.TaggedStruct("Retried", { step_id: StepId, step_num: StepNum }),
  Schema.TaggedStruct("Merged", { step_id: StepId, step_num: StepNum, commit: Schema.String }),
  Schema.TaggedStruct("NotMerged", { step_id: StepId, step_num: StepNum, reason: Schema.String }),
  /** A step's attempt or its merge waits for another to end, which may be another process's. */
  Schema.TaggedStruct("Delayed", { step_id: StepId, step_num: StepNum, reason: Schema.String }),
  /** There is nothing to claim now. */
  Schema.TaggedStruct("Waiting", {
    reason: NoWorkReason,
    /** Completed steps for whose merge others wait, if it is not the worker's to merge. */
    unmerged: Schema.optional(Schema.Array(StepNum))
  }),
  /** The store did not take a call, which is made again. */
  Schema.TaggedStruct("StoreTrouble", { reason: Schema.String })
)
export type WorkEvent = typeof WorkEvent.Type

const Count = Schema.NonNegativeInt

/** What a worker has done, and why it ended. */
export const WorkSummary = Schema.Struct({
  /** "stopped" if it was told to claim no more. */
  ended: Schema.Union(Schema.Literal("stopped"), NoWorkReason),
  /** How many attempts ended so. */
  completed: Count,
  failed: Count,
  released: Count,
  lost: Count,
  /** Number of steps that were merged. */
  merged: Count,
  /** Failed steps of the worker's scopes, or that steps of these wait for. */
  failed_steps: Schema.Array(StepNum),
  /** Completed steps of its scopes that are not merged though it merges, or for whose merge steps of these wait. */
  unmerged_steps: Schema.Array(StepNum)
})
export type WorkSummary = typeof WorkSummary.Type
