import * as Schema from "effect/Schema"
import { budget, fitting } from "./answers/ResponseBudget.ts"
import { Blocker } from "./Entities.ts"
import { AgentId, Attempt, StepId, StepNum } from "./Ids.ts"
import { StepStatus } from "./Status.ts"
import { Timestamp } from "./Text.ts"

/** There is no project of that name, or no step of that id. */
export class NotFound extends Schema.TaggedError<NotFound>()("NotFound", {
  entity: Schema.Literal("project", "step"),
  key: Schema.Union(Schema.String, Schema.Number)
}) {
  override get message(): string {
    return this.entity === "project"
      ? `There is no project named "${this.key}". Call list_projects to see the names.`
      : `There is no ${typeof this.key === "number" ? `step with id ${this.key}` : this.key}. Call get_project to see the ids of its steps.`
  }
}

/** Who holds a step. */
export const Holder = Schema.Struct({ agent_id: AgentId, attempt: Attempt })
export type Holder = typeof Holder.Type

/** The call does not fit the state of the step or project: it belongs to another holder, has another status, or exists already. */
export class Conflict extends Schema.TaggedError<Conflict>()("Conflict", {
  reason: Schema.String,
  /** What to do next. */
  advice: Schema.String,
  step_id: Schema.optional(StepId),
  status: Schema.optional(StepStatus),
  holder: Schema.optional(Holder),
  /** Steps at work that change the same files. */
  blocked_by: Schema.optional(Schema.Array(Blocker))
}) {
  override get message(): string {
    return `${this.reason} ${this.advice}`
  }
}

/** A step that another one waits for, and who holds it, if anybody does. */
export const UnmetDependency = Schema.Struct({
  step_id: StepId,
  step_num: StepNum,
  status: StepStatus,
  agent_id: Schema.optional(AgentId),
  lease_expires_at: Schema.optional(Timestamp)
})
export type UnmetDependency = typeof UnmetDependency.Type

/** The step waits for others that are not done. */
export class DependencyUnmet extends Schema.TaggedError<DependencyUnmet>()("DependencyUnmet", {
  step_id: StepId,
  unmet: Schema.Array(UnmetDependency),
  /** How many more there are than `unmet` names. */
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

/** One thing wrong with an input. */
export const Fault = Schema.Struct({
  /** Where: a dotted path such as `steps.3.branch`; empty for the input as a whole. */
  path: Schema.String,
  message: Schema.String
})
export type Fault = typeof Fault.Type

/** More faults than these help nobody. */
const maxFaults = 100

/** The faults that an answer has room for; the rest is counted. */
export const capped = (faults: ReadonlyArray<Fault>): ReadonlyArray<Fault> => {
  const kept = fitting(faults.slice(0, maxFaults), budget.faults)
  const more = faults.length - kept.length
  return more === 0 ? faults : [...kept, { path: "", message: `and ${more} more` }]
}

/** The input is wrong; every fault is listed, nothing was changed. */
export class InvalidInput extends Schema.TaggedError<InvalidInput>()("InvalidInput", {
  faults: Schema.Array(Fault)
}) {
  override get message(): string {
    const list = this.faults.map((fault) => (fault.path === "" ? fault.message : `${fault.path}: ${fault.message}`))
    return `Invalid input, nothing was changed. ${list.join("; ")}`
  }
}

/** Another process kept the database locked for longer than HQ_BUSY_TIMEOUT. Nothing was changed. */
export class StorageBusy extends Schema.TaggedError<StorageBusy>()("StorageBusy", {
  waited_ms: Schema.Number
}) {
  override get message(): string {
    return `The database was locked by another process for ${this.waited_ms} ms; nothing was changed. Try the same call again.`
  }
}

/** The database cannot be read or written: disk full, file damaged, file not ours. Nothing of the call was kept. */
export class StorageFailure extends Schema.TaggedError<StorageFailure>()("StorageFailure", {
  reason: Schema.String
}) {
  override get message(): string {
    return this.reason
  }
}

/** What every read can fail with. */
export type StorageError = StorageBusy | StorageFailure
