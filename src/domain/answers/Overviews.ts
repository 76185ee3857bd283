import * as Schema from "effect/Schema"
import { Overlap, Project, SessionInfo, Step } from "../Entities.ts"
import { AgentId, EventId, ProjectName, StepId, StepNum } from "../Ids.ts"
import { EventType, StepStatus } from "../Status.ts"
import { Timestamp } from "../Text.ts"

/*
 * What operators see: who works on what, what needs a person, what comes next. Lists are bounded so that an overview costs about the same
 * in any plan. `…_more` fields count what was omitted.
 */

const Count = Schema.NonNegativeInt

/** Whether a step's holder gives signs of life. */
export const Liveness = Schema.Literal("lively", "quiet", "silent")
export type Liveness = typeof Liveness.Type

/** A step, and the project that it belongs to. */
const named = {
  step_id: StepId,
  step_num: StepNum,
  title: Schema.optional(Schema.String),
  project: ProjectName
}

/** A step that an agent holds. */
export const StepAtWork = Schema.Struct({
  ...named,
  scope: Schema.String,
  status: StepStatus,
  attempt: Step.fields.attempt,
  /** Absent if a person at the database's shell left it out. */
  agent_id: Schema.optional(AgentId),
  claimed_at: Schema.optional(Timestamp),
  last_heartbeat: Schema.optional(Timestamp),
  lease_expires_at: Schema.optional(Timestamp),
  /** silent: its lease has ended. quiet: no sign of life for three renewals, or its client has disconnected. */
  liveness: Liveness,
  session: Schema.optional(SessionInfo)
})
export type StepAtWork = typeof StepAtWork.Type

/** Something that goes on only if a person does something. */
export const Need = Schema.Struct({
  /**
   * failed: its agent failed it. out_of_attempts: too many attempts were lost. silent: the holder's lease has ended. unmerged: others wait
   * for its merge. stuck: no step is ready and nobody is at work. paused: the project is.
   */
  kind: Schema.Literal("failed", "out_of_attempts", "silent", "unmerged", "stuck", "paused"),
  project: ProjectName,
  step_id: Schema.optional(StepId),
  step_num: Schema.optional(StepNum),
  title: Schema.optional(Schema.String),
  agent_id: Schema.optional(AgentId),
  branch: Schema.optional(Schema.String),
  since: Schema.optional(Timestamp),
  /** The failure's reason: the first 300 characters. */
  why: Schema.optional(Schema.String),
  /** Number of steps that wait for it, directly or not, up to 100. Counted for the 20 failed steps of a project that block the longest chains. */
  blocks_count: Schema.optional(Count)
})
export type Need = typeof Need.Type

/** When a project can be finished by the estimates, with any number of agents. A step without an estimate counts as their mean. */
export const Remaining = Schema.Struct({
  /** Minutes of the longest chain of unfinished steps, less the time that agents have spent on its first. Absent without any estimates. */
  minutes: Schema.optional(Count),
  /** The moment that is so far away. */
  end_at: Schema.optional(Timestamp),
  /** Steps of the longest chain. Present if no step has an estimate. */
  chain: Schema.optional(Count)
})
export type Remaining = typeof Remaining.Type

/** How far a project is. */
export const ProjectProgress = Schema.Struct({
  project: Project,
  /** Steps that agents can claim now, if the project is active. */
  ready: Count,
  /** Steps that wait for others. */
  blocked: Count,
  /** Absent if no step is left. */
  remaining: Schema.optional(Remaining)
})
export type ProjectProgress = typeof ProjectProgress.Type

/** A step that an agent can claim now. */
export const ReadyStep = Schema.Struct({
  ...named,
  scope: Schema.String,
  priority: Schema.Int,
  estimate_minutes: Schema.optional(Schema.Int)
})
export type ReadyStep = typeof ReadyStep.Type

/** What happens in a project, or in all that are active or paused. */
export const StatusReport = Schema.Struct({
  /** Highest priority first, then newest first. At most 50. */
  projects: Schema.Array(ProjectProgress),
  projects_more: Schema.optional(Count),
  /** The most urgent first: failed steps by what they block, silent holders, merges, and what stands still. At most 200 a project. */
  needs: Schema.Array(Need),
  /** By project; the longest silence first. At most 200 a project. */
  at_work: Schema.Array(StepAtWork),
  /** In the order in which they are claimed. At most 10. */
  ready: Schema.Array(ReadyStep),
  /** Calls that wait for a step of these projects. */
  waiting: Count
})
export type StatusReport = typeof StatusReport.Type

/** A call that waits for a step. */
export const WaitingCall = Schema.Struct({
  /** 1 is next. */
  position: Count,
  agent_id: AgentId,
  /** Absent if it takes a step of any project. */
  project: Schema.optional(Schema.String),
  /** Absent if it takes any scope. */
  scopes: Schema.optional(Schema.Array(Schema.String)),
  since: Timestamp,
  /** When it gives up. */
  until: Timestamp
})
export type WaitingCall = typeof WaitingCall.Type

/** An agent that holds steps or waits for one. */
export const AgentAtWork = Schema.Struct({
  agent_id: AgentId,
  /** By step id. */
  steps: Schema.Array(StepAtWork),
  /** Its oldest call that waits. */
  waiting: Schema.optional(WaitingCall),
  /** Steps that it has completed, in all projects. */
  completed: Count
})
export type AgentAtWork = typeof AgentAtWork.Type

/** A row of the audit trail, with names in place of ids. */
export const NamedEvent = Schema.Struct({
  id: EventId,
  agent_id: Schema.String,
  event_type: EventType,
  timestamp: Timestamp,
  project: Schema.optional(Schema.String),
  step_id: Schema.optional(StepId),
  step_num: Schema.optional(StepNum),
  metadata: Schema.optional(Schema.Record({ key: Schema.String, value: Schema.Unknown }))
})
export type NamedEvent = typeof NamedEvent.Type

/** Two steps that change the same files, of which neither builds on the other. */
export const OverlappingSteps = Schema.Struct({
  step_id: StepId,
  step_num: StepNum,
  branch: Schema.String,
  status: StepStatus,
  agent_id: Schema.optional(AgentId),
  file: Schema.String,
  other: Overlap.pipe(Schema.omit("file", "other_file")),
  other_file: Schema.String
})
export type OverlappingSteps = typeof OverlappingSteps.Type
