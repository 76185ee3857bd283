import * as Schema from "effect/Schema"
import { globFault } from "./Globs.ts"
import {
  AgentId,
  AnyNumber,
  Attempt,
  Limit,
  MaxHeld,
  Minutes,
  Priority,
  ProjectName,
  Revision,
  StepId,
  StepNum,
  WaitSeconds
} from "./Ids.ts"
import { GivenStatus, ProjectStatus, UnblockOn } from "./Status.ts"
import { limits, Name, Notes, Path, Reason } from "./Text.ts"

/*
 * Requests: the parameters of tools and of service methods. Every description reaches the tools' JSON schemas, where
 * each word costs every agent tokens.
 */

const optional = <A, I>(schema: Schema.Schema<A, I>, description?: string) =>
  Schema.optionalWith(description === undefined ? schema : schema.annotations({ description }), { exact: true })

const object = <Fields extends Schema.Struct.Fields>(fields: Fields) =>
  Schema.Struct(fields).annotations({ message: () => "must be an object" })

/** @param what plural of the items in error messages */
const list = <A, I>(item: Schema.Schema<A, I>, what: string, max: number = limits.steps) =>
  Schema.Array(item)
    .annotations({ message: () => "must be an array" })
    .pipe(Schema.maxItems(max, { message: () => `must have at most ${max} ${what}` }))

const atLeast1 = <A, I>(items: Schema.Schema<ReadonlyArray<A>, ReadonlyArray<I>>, what: string) =>
  items.pipe(Schema.minItems(1, { message: () => `must have at least 1 ${what}` }))

const Flag = Schema.Boolean.annotations({ message: () => "must be true or false" })

const page = {
  limit: optional(Limit, "Page size, entries in full; default: what fits"),
  cursor: optional(Name, "next_cursor of the previous page")
}

const Glob = Path.pipe(Schema.filter((text) => globFault(text) ?? true, { jsonSchema: {} }))
const Globs = list(Glob, "globs", limits.globs)

/** Names that mean somebody other than an agent, in events that both are in. */
const reserved = (name: string): string | undefined => {
  const text = name.trim().toLowerCase()
  if (text === "system") return `"${name}" means hq itself: choose another agent_id`
  return text.startsWith("human:") ? "names that begin with human: are for people: choose another agent_id" : undefined
}

/**
 * The agent that acts. Only what agents send is decoded with it, so an embedding app can act for a person; stored names can be asked for
 * whatever they are.
 */
const ActingAgent = AgentId.pipe(Schema.filter((name) => reserved(name) ?? true, { jsonSchema: {} }))
const by = { agent_id: optional(ActingAgent) }

/** The acting agent. Missing fields are filled from this process's claims. See docs/architecture.md, "Fencing". */
const holder = {
  ...by,
  attempt: optional(Attempt)
}

export const StepDefinition = object({
  step_num: StepNum,
  branch: Path,
  scope: Name.annotations({ description: "e.g. api, ui, db" }),
  depends_on: optional(list(StepNum, "items"), "step_nums to finish first"),
  priority: optional(Priority),
  estimate_minutes: optional(Minutes),
  files: optional(Globs, "Globs of files that it changes, e.g. src/api/**")
})
export type StepDefinition = typeof StepDefinition.Type

export const CreateProject = object({
  name: ProjectName,
  base_commit: Name.annotations({ description: "Git commit that all worktrees start from" }),
  priority: optional(Priority, "Highest first, default 0"),
  unblock_on: optional(UnblockOn, "When dependencies are met, default completed"),
  steps: atLeast1(list(StepDefinition, "steps"), "step")
})
export type CreateProject = typeof CreateProject.Type

export const GetProject = object({ name: ProjectName, ...page })
export type GetProject = typeof GetProject.Type

export const ListProjects = object({ status: optional(ProjectStatus), ...page })
export type ListProjects = typeof ListProjects.Type

export const UpdateProject = object({
  name: ProjectName,
  new_name: optional(ProjectName),
  status: optional(GivenStatus, "paused or aborted: no more claims; running steps go on"),
  priority: optional(Priority),
  unblock_on: optional(UnblockOn),
  ...by
})
export type UpdateProject = typeof UpdateProject.Type

/**
 * One edit of a plan. `op` decides which fields it takes (`PlanEdit.faults`): add takes the fields of a new step and
 * `needed_by`, change the fields to replace, cancel `dependents`, split `into`.
 */
export const PlanOperation = object({
  op: Schema.Literal("add", "change", "cancel", "split").annotations({
    message: () => ({ message: "must be add, change, cancel or split", override: true })
  }),
  ...StepDefinition.fields,
  branch: optional(Path),
  scope: optional(Name),
  depends_on: optional(list(StepNum, "items")),
  needed_by: optional(list(StepNum, "items"), "add: steps that wait for it"),
  dependents: optional(
    Schema.Literal("follow", "drop").annotations({
      message: () => ({ message: "must be follow or drop", override: true })
    }),
    "cancel: are cancelled, too, or no longer wait for it"
  ),
  files: optional(Globs),
  into: optional(
    // create_project has the full schema. Repeating it here would cost tokens.
    atLeast1(list(StepDefinition, "steps"), "step").annotations({
      jsonSchema: { type: "array", items: { type: "object" } }
    }),
    "split: the steps in its place, each as in create_project"
  )
})
export type PlanOperation = typeof PlanOperation.Type

export const UpdatePlan = object({
  project: ProjectName,
  expected_revision: optional(Revision, "Conflict if the plan has another by now"),
  operations: atLeast1(list(PlanOperation, "operations"), "operation"),
  ...by
})
export type UpdatePlan = typeof UpdatePlan.Type

export const DeleteProject = object({ name: ProjectName, force: optional(Flag, "Even while steps are held"), ...by })
export type DeleteProject = typeof DeleteProject.Type

export const ClaimStep = object({
  project: optional(ProjectName, "Default: the best step of all active projects"),
  agent_id: ActingAgent,
  step_id: optional(StepId, "Claim this step"),
  step_num: optional(StepNum, "Claim this step of the project"),
  scopes: optional(atLeast1(list(Name, "scopes", limits.scopes), "scope"), "Only steps of these"),
  max_held: optional(MaxHeld, "Refuse when you hold that many"),
  allow_overlap: optional(Flag, "Even if its files overlap those of a step at work"),
  wait_seconds: optional(WaitSeconds, "Wait for work: up to 50, with a progress token 900"),
  request_id: optional(Name, "Of your choice: repeating the call with it gives the same claim")
})
export type ClaimStep = typeof ClaimStep.Type

export const StartStep = object({ step_id: StepId, worktree: optional(Path), ...holder })
export type StartStep = typeof StartStep.Type

export const Heartbeat = object({ step_id: StepId, ...holder })
export type Heartbeat = typeof Heartbeat.Type

export const CompleteStep = object({
  step_id: StepId,
  commit_hash: Name.annotations({ description: "Final git commit" }),
  files_modified: optional(list(Path, "items")),
  notes: optional(Notes, "For the agents that follow"),
  ...holder
})
export type CompleteStep = typeof CompleteStep.Type

export const FailStep = object({ step_id: StepId, reason: Reason, ...holder })
export type FailStep = typeof FailStep.Type

export const ReleaseStep = object({ step_id: StepId, reason: optional(Notes), ...holder })
export type ReleaseStep = typeof ReleaseStep.Type

export const MergeStep = object({
  step_id: StepId,
  merge_commit: Name.annotations({ description: "Git commit that brought its branch in" }),
  ...by
})
export type MergeStep = typeof MergeStep.Type

export const RecoverStep = object({
  step_id: StepId,
  force: optional(Flag, "Even from an agent that is alive"),
  ...by
})
export type RecoverStep = typeof RecoverStep.Type

export const RecoverFailedStep = object({ step_id: StepId, ...by })
export type RecoverFailedStep = typeof RecoverFailedStep.Type

export const AgentWork = object({ agent_id: AgentId, ...page })
export type AgentWork = typeof AgentWork.Type

export const OneStep = object({ step_id: StepId })
export type OneStep = typeof OneStep.Type

export const OneProject = object({ project: ProjectName })
export type OneProject = typeof OneProject.Type

/** Takes exactly one of the two. */
export const ExplainStep = object({ step_id: optional(StepId), project: optional(ProjectName) })
export type ExplainStep = typeof ExplainStep.Type

export const AvailableSteps = object({ project: optional(ProjectName), scope: optional(Name), ...page })
export type AvailableSteps = typeof AvailableSteps.Type

export const StaleWork = object({
  timeout_minutes: optional(
    AnyNumber.pipe(Schema.finite(), Schema.greaterThan(0, { message: () => "must be more than 0" })),
    "Minutes since the last heartbeat, default 15"
  ),
  ...page
})
export type StaleWork = typeof StaleWork.Type

export const GetMetrics = object({ project: optional(ProjectName), agent_id: optional(AgentId) })
export type GetMetrics = typeof GetMetrics.Type

export const AgentEvents = object({ agent_id: optional(AgentId), project: optional(ProjectName), ...page })
export type AgentEvents = typeof AgentEvents.Type
