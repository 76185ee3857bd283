import * as Schema from "effect/Schema"
import { AgentId, Attempt, Limit, ProjectName, StepId, StepNum } from "./Ids.ts"
import { ProjectStatus } from "./Status.ts"
import { limits, Name, Notes, Path, Reason } from "./Text.ts"

/*
 * What callers send: parameters of the tools and of the services' methods alike.
 * Descriptions appear in the tools' JSON schemas, where every word costs each agent tokens.
 */

const optional = <A, I>(schema: Schema.Schema<A, I>, description?: string) =>
  Schema.optionalWith(description === undefined ? schema : schema.annotations({ description }), { exact: true })

const page = {
  limit: optional(Limit, "Page size, default 100"),
  cursor: optional(Name, "next_cursor of the previous page")
}

/** Who acts on a step. What is left out is filled from what this process claimed. */
const holder = {
  agent_id: optional(AgentId),
  attempt: optional(Attempt)
}

export const StepDefinition = Schema.Struct({
  step_num: StepNum,
  branch: Path,
  scope: Name.annotations({ description: "e.g. api, ui, db" }),
  depends_on: optional(
    Schema.Array(StepNum).pipe(
      Schema.maxItems(limits.steps, { message: () => `must have at most ${limits.steps} items` })
    ),
    "step_nums to finish first"
  )
})
export type StepDefinition = typeof StepDefinition.Type

export const CreateProject = Schema.Struct({
  name: ProjectName,
  base_commit: Name.annotations({ description: "Git commit that all worktrees start from" }),
  steps: Schema.Array(StepDefinition).pipe(
    Schema.minItems(1, { message: () => "must have at least 1 step" }),
    Schema.maxItems(limits.steps, { message: () => `must have at most ${limits.steps} steps` })
  )
})
export type CreateProject = typeof CreateProject.Type

export const GetProject = Schema.Struct({ name: ProjectName, ...page })
export type GetProject = typeof GetProject.Type

export const ListProjects = Schema.Struct({ status: optional(ProjectStatus), ...page })
export type ListProjects = typeof ListProjects.Type

export const ClaimStep = Schema.Struct({
  project: ProjectName,
  agent_id: AgentId,
  step_id: optional(StepId, "Claim this step"),
  step_num: optional(StepNum, "Claim this step"),
  request_id: optional(Name, "Of your choice: repeating the call with it gives the same claim")
})
export type ClaimStep = typeof ClaimStep.Type

export const StartStep = Schema.Struct({ step_id: StepId, worktree: optional(Path), ...holder })
export type StartStep = typeof StartStep.Type

export const Heartbeat = Schema.Struct({ step_id: StepId, ...holder })
export type Heartbeat = typeof Heartbeat.Type

export const CompleteStep = Schema.Struct({
  step_id: StepId,
  commit_hash: Name.annotations({ description: "Final git commit" }),
  files_modified: optional(
    Schema.Array(Path).pipe(Schema.maxItems(limits.steps, { message: () => `must have at most ${limits.steps} items` }))
  ),
  notes: optional(Notes, "For the agents that follow"),
  ...holder
})
export type CompleteStep = typeof CompleteStep.Type

export const FailStep = Schema.Struct({ step_id: StepId, reason: Reason, ...holder })
export type FailStep = typeof FailStep.Type

export const ReleaseStep = Schema.Struct({ step_id: StepId, reason: optional(Notes), ...holder })
export type ReleaseStep = typeof ReleaseStep.Type

export const RecoverStep = Schema.Struct({
  step_id: StepId,
  force: optional(Schema.Boolean, "Even from an agent that is alive")
})
export type RecoverStep = typeof RecoverStep.Type

export const AgentWork = Schema.Struct({ agent_id: AgentId, ...page })
export type AgentWork = typeof AgentWork.Type

export const OneStep = Schema.Struct({ step_id: StepId })
export type OneStep = typeof OneStep.Type

export const AvailableSteps = Schema.Struct({ project: optional(ProjectName), scope: optional(Name), ...page })
export type AvailableSteps = typeof AvailableSteps.Type

export const StaleWork = Schema.Struct({
  timeout_minutes: optional(
    Schema.Number.pipe(Schema.finite(), Schema.greaterThan(0, { message: () => "must be more than 0" })),
    "Minutes since the last heartbeat, default 15"
  ),
  ...page
})
export type StaleWork = typeof StaleWork.Type

export const GetMetrics = Schema.Struct({ project: optional(ProjectName), agent_id: optional(AgentId) })
export type GetMetrics = typeof GetMetrics.Type

export const AgentEvents = Schema.Struct({ agent_id: optional(AgentId), project: optional(ProjectName), ...page })
export type AgentEvents = typeof AgentEvents.Type
