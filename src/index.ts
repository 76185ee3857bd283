/*
 * The library. An Effect app provides `Coordination.layer` on its own SqlClient, or `Coordination.layerSqlite`, and
 * uses the services.
 */

export { FailedBlocker, ProjectExplanation, StepExplanation } from "./domain/answers/Explanations.ts"
export {
  AgentAtWork,
  NamedEvent,
  Need,
  OverlappingSteps,
  StatusReport,
  StepAtWork,
  WaitingCall
} from "./domain/answers/Overviews.ts"
export { Blocker, Claim, Holding, NoWorkReason } from "./domain/Claim.ts"
export {
  AgentEvent,
  AgentMetrics,
  CompletedStep,
  CreatedProject,
  DeletedProject,
  type Metrics,
  Overlap,
  PlanUpdated,
  Project,
  ProjectMetrics,
  SessionInfo,
  Step,
  StepCounts
} from "./domain/Entities.ts"
export {
  Conflict,
  DependencyUnmet,
  Fault,
  Holder,
  InvalidInput,
  NotFound,
  OutcomeUnknown,
  StorageBusy,
  type StorageError,
  StorageFailure,
  UnmetDependency
} from "./domain/Errors.ts"
export { AgentId, EventId, ProjectId, ProjectName, StepId } from "./domain/Ids.ts"
export * as Lifecycle from "./domain/Lifecycle.ts"
export * as Plan from "./domain/plan/Plan.ts"
export type { CreateProject, PlanOperation } from "./domain/Requests.ts"
export * as Requests from "./domain/Requests.ts"
export { EventType, ProjectStatus, StepStatus, UnblockOn } from "./domain/Status.ts"
export { Timestamp } from "./domain/Text.ts"
export { CannotWork, GiveBack, ProgramFailed, WorkEvent, WorkSummary } from "./domain/Work.ts"
export * as Coordination from "./layers/Coordination.ts"
export * as Renewer from "./layers/recovery/Renewer.ts"
export * as Sweeper from "./layers/recovery/Sweeper.ts"
export * as Worker from "./layers/worker/Worker.ts"
export * as McpServer from "./mcp/server/McpServer.ts"
export * as StdioTransport from "./mcp/server/StdioTransport.ts"
export { Analytics, type EventsPage } from "./services/Analytics.ts"
export { Changes } from "./services/Changes.ts"
export { ClaimMemory } from "./services/ClaimMemory.ts"
export { type CompletionResult, Completions } from "./services/Completions.ts"
export { Leases, type SignOfLife } from "./services/Leases.ts"
export { type NamedEventsRequest, Overview, type StatusRequest } from "./services/Overview.ts"
export { type ProjectPage, Projects, type ProjectsPage } from "./services/Projects.ts"
export { Recovery } from "./services/Recovery.ts"
export { type ClientInfo, Session } from "./services/Session.ts"
export { Settings, type SettingsValues, type Synchronous } from "./services/Settings.ts"
export { Steps, type StepsPage } from "./services/Steps.ts"
export { type LineSink, Transfer, type TransferredRows } from "./services/Transfer.ts"
export type { Command, Job, WorkError, WorkOptions } from "./services/Worker.ts"
