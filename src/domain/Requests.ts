import * as Schema from "effect/Schema"
import { storedGlob, storedPath } from "./Files.ts"
import { globFault, globsFault } from "./Globs.ts"
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
import { canonicalName, nameFault } from "./Names.ts"
import { atLeast1, described, Flag, list, object, optional } from "./parameters.ts"
import { GivenStatus, ProjectStatus, UnblockOn } from "./Status.ts"
import {
  created,
  Description,
  limits,
  Name,
  NewBranch,
  NewName,
  NewScope,
  Notes,
  Path,
  Reason,
  storedForm,
  Title
} from "./Text.ts"

/*
 * Requests: the parameters of tools and of service methods. Every description reaches the tools' JSON schemas, where
 * each word costs every agent tokens.
 */

const page = {
  limit: optional(Limit, "1 to 1000 entries, in full; default: what fits"),
  cursor: optional(Name, "next_cursor of the previous page")
}

const Glob = Path.pipe(Schema.filter((text) => globFault(text) ?? true, { jsonSchema: {} })).annotations({
  [storedForm]: storedGlob
})
const File = Path.annotations({ [storedForm]: storedPath })
const Files = list(File, "items").pipe(
  Schema.filter((files) => files.reduce((sum, { length }) => sum + length, 0) <= limits.files, {
    message: () => `must have at most ${limits.files} characters together: leave out what is generated`,
    jsonSchema: {}
  })
)
const Globs = list(Glob, "globs", limits.globs).pipe(
  Schema.filter((texts) => globsFault(texts) ?? true, { jsonSchema: {} })
)

const NewProjectName = created(ProjectName)

/** The id of an agent that claims: new, or one that an older hq has stored with blanks at its ends (`Completions.spelling`). */
const NewAgentId = AgentId.pipe(Schema.filter((text) => nameFault(canonicalName(text)) ?? true, { jsonSchema: {} }))

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
const acting = <I>(agent: Schema.Schema<AgentId, I>) =>
  agent.pipe(Schema.filter((name) => reserved(name) ?? true, { jsonSchema: {} }))
const actor = optional(acting(NewAgentId), "Yours")

/** The acting agent. Missing fields are filled from this process's claims. See docs/architecture.md, "Fencing". */
const holder = {
  // A holder whose name an older hq has stored may finish its step under it.
  agent_id: optional(acting(AgentId), "Yours"),
  attempt: optional(Attempt, "As claim_step returned it")
}

const projectName = described(ProjectName, "The project's name")
const projectFilter = optional(ProjectName, "Default: all")
const stepId = described(StepId, "The step's id, not its step_num")
const agentFilter = optional(AgentId, "Default: all")

export const StepDefinition = object({
  step_num: described(StepNum, "From 1, unique in the plan"),
  branch: described(NewBranch, "Its own git branch"),
  scope: described(NewScope, "Kind of work, e.g. api, ui, db"),
  title: optional(Title, "Its outcome in one line"),
  description: optional(Description, "What to do, and how to know that it is done"),
  depends_on: optional(list(StepNum, "items"), "step_nums to finish first"),
  priority: optional(Priority, "Highest first, default 0"),
  estimate_minutes: optional(Minutes),
  files: optional(Globs, "Globs of the files it changes, e.g. src/api/**")
})
export type StepDefinition = typeof StepDefinition.Type

/** A step that a split adds: `StepDefinition` without the descriptions, because create_project has them. */
const Part = object({
  step_num: described(StepNum, "A new number"),
  branch: NewBranch,
  scope: NewScope,
  title: optional(Title),
  description: optional(Description),
  depends_on: optional(list(StepNum, "items"), "step_nums to finish first"),
  priority: optional(Priority),
  estimate_minutes: optional(Minutes),
  files: optional(Globs)
})

export const CreateProject = object({
  name: described(NewProjectName, "Unique name"),
  base_commit: described(NewName, "Git commit that worktrees start from"),
  priority: optional(Priority, "Highest first, default 0"),
  unblock_on: optional(UnblockOn, "Status that meets a dependency, default completed"),
  steps: described(atLeast1(list(StepDefinition, "steps"), "step"), "Units of work, each for one agent")
})
export type CreateProject = typeof CreateProject.Type

/** A new project, and who makes it. Agents do not say who they are; a person is named in an event. */
export interface CreateProjectBy extends CreateProject {
  readonly agent_id?: AgentId
}

export const GetProject = object({ name: projectName, ...page })
export type GetProject = typeof GetProject.Type

export const ListProjects = object({ status: optional(ProjectStatus, "Default: all"), ...page })
export type ListProjects = typeof ListProjects.Type

export const UpdateProject = object({
  name: projectName,
  new_name: optional(NewProjectName),
  status: optional(GivenStatus, "paused or aborted: no more claims; running steps go on"),
  priority: optional(Priority, "Highest first"),
  unblock_on: optional(UnblockOn, "Status that meets a dependency"),
  agent_id: actor
})
export type UpdateProject = typeof UpdateProject.Type

/**
 * One edit of a plan. `op` decides which fields it takes (`PlanEdit.faults`): add takes the fields of a new step and
 * `needed_by`, change the fields to replace, cancel `dependents`, split `into`, reopen `reason`.
 */
export const PlanOperation = object({
  op: Schema.Literal("add", "change", "cancel", "split", "reopen").annotations({
    message: () => ({ message: "must be add, change, cancel, split or reopen", override: true }),
    description: "add needs branch and scope, split needs into, reopen reason"
  }),
  ...Part.fields,
  step_num: described(StepNum, "The step; add: a new number"),
  branch: optional(NewBranch),
  scope: optional(NewScope),
  needed_by: optional(list(StepNum, "items"), "add: step_nums that then depend on it"),
  dependents: optional(
    Schema.Literal("follow", "drop").annotations({
      message: () => ({ message: "must be follow or drop", override: true })
    }),
    "cancel: steps that depend on it are cancelled too, or no longer wait"
  ),
  into: optional(
    atLeast1(list(Part, "steps"), "step"),
    "split: the steps in its place; they inherit its dependencies and dependents"
  ),
  reason: optional(Reason, "reopen: what the review found")
})
export type PlanOperation = typeof PlanOperation.Type

export const UpdatePlan = object({
  project: projectName,
  expected_revision: optional(Revision, "revision as you read it; Conflict if the plan was edited since"),
  operations: described(
    atLeast1(list(PlanOperation, "operations", limits.operations), "operation"),
    "Edits, made in this order"
  ),
  agent_id: actor
})
export type UpdatePlan = typeof UpdatePlan.Type

/** Fields that a change can take away from a step. Agents replace them: a tool takes an empty value for one that is left out. */
export const clearable = ["title", "description", "estimate_minutes"] as const
export type Clearable = (typeof clearable)[number]

/** An operation of the service. */
export interface PlanChange extends PlanOperation {
  /** change: fields that the step has no more. */
  readonly clear?: ReadonlyArray<Clearable>
}

/** An edit as the service takes it. */
export interface EditPlan extends UpdatePlan {
  readonly operations: ReadonlyArray<PlanChange>
}

export const DeleteProject = object({
  name: projectName,
  force: optional(Flag, "Even while steps are held"),
  agent_id: actor
})
export type DeleteProject = typeof DeleteProject.Type

export const ClaimStep = object({
  project: optional(ProjectName, "Default: the best step of all active projects"),
  agent_id: described(
    acting(NewAgentId),
    "Your name: one that no other agent uses, e.g. api-7f3k; the same in every call"
  ),
  step_id: optional(StepId, "Claim the step with this id"),
  step_num: optional(StepNum, "Claim the step of project with this number"),
  scopes: optional(atLeast1(list(Name, "scopes", limits.scopes), "scope"), "Only steps with these scopes"),
  max_held: optional(MaxHeld, "Refuse if you hold so many steps"),
  allow_overlap: optional(Flag, "Even if a held step changes the same files"),
  wait_seconds: optional(WaitSeconds, "Seconds to wait for a step: up to 50, or 900 if your client shows progress"),
  request_id: optional(NewName, "Unique text: repeat the call with it if its answer was lost, to get the same claim")
})
export type ClaimStep = typeof ClaimStep.Type

export const StartStep = object({
  step_id: stepId,
  worktree: optional(Path, "Path of the git worktree you work in"),
  ...holder
})
export type StartStep = typeof StartStep.Type

export const Heartbeat = object({ step_id: stepId, ...holder })
export type Heartbeat = typeof Heartbeat.Type

export const CompleteStep = object({
  step_id: stepId,
  commit_hash: described(NewName, "Final git commit"),
  files_modified: optional(Files, "Paths, relative to the repository"),
  notes: optional(Notes, "What agents of later steps must know"),
  ...holder
})
export type CompleteStep = typeof CompleteStep.Type

export const FailStep = object({
  step_id: stepId,
  reason: described(Reason, "Why; the next attempt reads it"),
  ...holder
})
export type FailStep = typeof FailStep.Type

export const ReleaseStep = object({
  step_id: stepId,
  reason: optional(Notes, "Why; the next attempt reads it"),
  ...holder
})
export type ReleaseStep = typeof ReleaseStep.Type

export const MergeStep = object({
  step_id: stepId,
  merge_commit: described(NewName, "Git commit that brought its branch in"),
  agent_id: actor
})
export type MergeStep = typeof MergeStep.Type

export const RecoverStep = object({
  step_id: stepId,
  force: optional(Flag, "Even from a live agent"),
  agent_id: actor
})
export type RecoverStep = typeof RecoverStep.Type

export const RecoverFailedStep = object({ step_id: stepId, agent_id: actor })
export type RecoverFailedStep = typeof RecoverFailedStep.Type

export const AgentWork = object({ agent_id: described(AgentId, "Whose work"), ...page })
export type AgentWork = typeof AgentWork.Type

export const OneStep = object({ step_id: stepId })
export type OneStep = typeof OneStep.Type

/** A step by its number within its project. */
export interface NumberedStep {
  readonly project: ProjectName
  readonly step_num: number
}

export const OneProject = object({ project: ProjectName })
export type OneProject = typeof OneProject.Type

/** Takes exactly one of the two. */
export const ExplainStep = object({
  step_id: optional(StepId, "This step; or give project"),
  project: optional(ProjectName, "This project; or give step_id")
})
export type ExplainStep = typeof ExplainStep.Type

export const AvailableSteps = object({ project: projectFilter, scope: optional(Name, "Default: all"), ...page })
export type AvailableSteps = typeof AvailableSteps.Type

export const StaleWork = object({
  timeout_minutes: optional(
    AnyNumber.pipe(Schema.finite(), Schema.greaterThan(0, { message: () => "must be more than 0" })),
    "Minutes since the last heartbeat, default 15"
  ),
  ...page
})
export type StaleWork = typeof StaleWork.Type

export const GetMetrics = object({ project: projectFilter, agent_id: agentFilter })
export type GetMetrics = typeof GetMetrics.Type

export const AgentEvents = object({ agent_id: agentFilter, project: projectFilter, ...page })
export type AgentEvents = typeof AgentEvents.Type
