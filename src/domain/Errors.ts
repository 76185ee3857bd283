import * as Schema from "effect/Schema"
import { Blocker } from "./Claim.ts"
import { AgentId, Attempt, StepId, StepNum } from "./Ids.ts"
import { budget, takeWithin } from "./ResponseBudget.ts"
import { StepStatus } from "./Status.ts"
import { Timestamp } from "./Text.ts"

/** No project has that name, or no step has that id. See docs/architecture.md, "Errors and inputs". */
export class NotFound extends Schema.TaggedError<NotFound>()("NotFound", {
  entity: Schema.Literal("project", "step"),
  key: Schema.Union(Schema.String, Schema.Number),
  /** Names of projects that were probably meant, the nearest first. At most 3. */
  nearest: Schema.optional(Schema.Array(Schema.String))
}) {
  override get message(): string {
    return this.entity === "project"
      ? `There is no project named "${this.key}".${this.nearest === undefined ? "" : ` Did you mean ${this.nearest.map((name) => `"${name}"`).join(" or ")}?`} Call list_projects to see the names.`
      : `There is no ${typeof this.key === "number" ? `step with id ${this.key}` : this.key}. Call get_project to see the ids of its steps.`
  }
}

/** The agent that holds a step, and its attempt. */
export const Holder = Schema.Struct({ agent_id: AgentId, attempt: Attempt })
export type Holder = typeof Holder.Type

/**
 * The state of the step or project forbids the call: it has another holder or status, or it exists already. See
 * docs/architecture.md, "Errors and inputs".
 */
export class Conflict extends Schema.TaggedError<Conflict>()("Conflict", {
  reason: Schema.String,
  /** What the caller can do next. */
  advice: Schema.String,
  step_id: Schema.optional(StepId),
  status: Schema.optional(StepStatus),
  holder: Schema.optional(Holder),
  /** Present if the caller itself holds the step, or those that change its files. */
  held_by_you: Schema.optional(Schema.Literal(true)),
  /** Held steps that change the same files; or steps that build on the one that was to be reopened. */
  blocked_by: Schema.optional(Schema.Array(Blocker))
}) {
  override get message(): string {
    return `${this.reason} ${this.advice}`
  }
}

/** A dependency that is not met, and its holder if it has one. */
export const UnmetDependency = Schema.Struct({
  step_id: StepId,
  step_num: StepNum,
  status: StepStatus,
  agent_id: Schema.optional(AgentId),
  lease_expires_at: Schema.optional(Timestamp)
})
export type UnmetDependency = typeof UnmetDependency.Type

/** The step has unmet dependencies. See docs/architecture.md, "Errors and inputs". */
export class DependencyUnmet extends Schema.TaggedError<DependencyUnmet>()("DependencyUnmet", {
  step_id: StepId,
  unmet: Schema.Array(UnmetDependency),
  /** Number of unmet dependencies that `unmet` omits. */
  unmet_more: Schema.optional(Schema.Int)
}) {
  override get message(): string {
    const isUnmerged = ({ status }: UnmetDependency) => status === "completed"
    const held = ({ agent_id, lease_expires_at: end }: UnmetDependency) =>
      agent_id === undefined ? "" : ` by agent "${agent_id}"${end === undefined ? "" : ` until ${end}`}`
    const list = this.unmet.map(
      (step) =>
        `step ${step.step_num} (id ${step.step_id}) is ${step.status}${isUnmerged(step) ? " but not merged" : held(step)}`
    )
    const more = this.unmet_more === undefined ? "" : `, and ${this.unmet_more} more`
    const next = this.unmet.every(isUnmerged)
      ? "Call merge_step for each once it is merged"
      : "Call explain_step to see what must happen first"
    return `Step id ${this.step_id} waits for others: ${list.join(", ")}${more}. ${next}, or call claim_step without naming a step.`
  }
}

/** One error in an input. */
export const Fault = Schema.Struct({
  /** Dotted path of the wrong value, such as `steps.3.branch`. Empty for the input as a whole. */
  path: Schema.String,
  message: Schema.String
})
export type Fault = typeof Fault.Type

/** A caller has no use for more faults than these. */
const maxFaults = 100

/** Truncates the faults to what fits into an answer. The last entry then says how many were omitted. */
export const capFaults = (faults: ReadonlyArray<Fault>): ReadonlyArray<Fault> => {
  const kept = takeWithin(faults.slice(0, maxFaults), budget.faults)
  const more = faults.length - kept.length
  return more === 0 ? faults : [...kept, { path: "", message: `and ${more} more` }]
}

/** The input is invalid. Lists every fault; nothing was changed. See docs/architecture.md, "Errors and inputs". */
export class InvalidInput extends Schema.TaggedError<InvalidInput>()("InvalidInput", {
  faults: Schema.Array(Fault)
}) {
  override get message(): string {
    const list = this.faults.map((fault) => (fault.path === "" ? fault.message : `${fault.path}: ${fault.message}`))
    return `Invalid input, nothing was changed. ${list.join("; ")}`
  }
}

/** Returns the refusal of an input with one fault. @param path of the wrong value, "" for the input as a whole */
export const invalidInput = (path: string, message: string): InvalidInput =>
  new InvalidInput({ faults: [{ path, message }] })

/** Another process kept the database locked for longer than HQ_BUSY_TIMEOUT. Nothing was changed. */
export class StorageBusy extends Schema.TaggedError<StorageBusy>()("StorageBusy", {
  waited_ms: Schema.Number,
  /** The file that could not be opened at the start. */
  file: Schema.optional(Schema.String)
}) {
  override get message(): string {
    return `The database ${this.file === undefined ? "" : `${this.file} `}was locked by another process for ${this.waited_ms} ms; nothing was changed. Try the same call again.`
  }
}

/**
 * The database cannot be read or written: the disk is full, or the file is damaged or not hq's. Nothing was changed.
 */
export class StorageFailure extends Schema.TaggedError<StorageFailure>()("StorageFailure", {
  reason: Schema.String
}) {
  override get message(): string {
    return this.reason
  }
}

/**
 * The database failed at the moment of the commit, so the call may have been kept or not. Repeating it settles that, because a repeated
 * call changes nothing if the first was kept. See docs/architecture.md, "Transactions".
 */
export class OutcomeUnknown extends Schema.TaggedError<OutcomeUnknown>()("OutcomeUnknown", {}) {
  override get message(): string {
    return "The database failed while this call was being committed: it may have been kept, or not. Find out before you go on: after claim_step, call it again with the same request_id, or call get_agent_work; otherwise call get_step or get_project, and repeat the call if it is not there. Tell the operator to check the disk."
  }
}

/** Every method that uses the store can fail with these. */
export type StorageError = StorageBusy | StorageFailure | OutcomeUnknown

/** Every error of the services. */
export const CoordinationError = Schema.Union(
  NotFound,
  Conflict,
  DependencyUnmet,
  InvalidInput,
  StorageBusy,
  StorageFailure,
  OutcomeUnknown
)
export type CoordinationError = typeof CoordinationError.Type
