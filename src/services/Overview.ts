import * as Context from "effect/Context"
import type * as Effect from "effect/Effect"
import type {
  AgentAtWork,
  NamedEvent,
  OverlappingSteps,
  StatusReport,
  WaitingCall
} from "../domain/answers/Overviews.ts"
import type { NotFound, StorageError } from "../domain/Errors.ts"
import type { AgentId, EventId, ProjectName } from "../domain/Ids.ts"
import type { OneProject } from "../domain/Requests.ts"

export interface StatusRequest {
  /** Default: all that are active or paused. */
  readonly project?: ProjectName | undefined
}

export interface NamedEventsRequest {
  readonly project?: ProjectName | undefined
  readonly agent_id?: AgentId | undefined
  /** Only events later than that one: the first of them. Without it, the latest of all. */
  readonly after?: EventId | undefined
  /** 1 to 1000. */
  readonly limit: number
}

/**
 * What an operator sees of agents and plans. Each answer is one snapshot. Every method can fail with StorageBusy or StorageFailure.
 * See docs/architecture.md, "Flat cost".
 */
export class Overview extends Context.Tag("hq/Overview")<
  Overview,
  {
    /**
     * Returns what needs a person, who works on what, what is ready and how far the projects are. Reads neither finished nor
     * blocked steps. Fails with NotFound if the project does not exist.
     */
    readonly status: (request: StatusRequest) => Effect.Effect<StatusReport, NotFound | StorageError>

    /** Returns the agents that hold steps or wait for one, by name. At most 1,000 steps and 1,000 calls are read. */
    readonly agents: Effect.Effect<ReadonlyArray<AgentAtWork>, StorageError>

    /** Returns the calls of all processes that wait for a step, in the order in which they are served. At most 1,000. */
    readonly queue: Effect.Effect<ReadonlyArray<WaitingCall>, StorageError>

    /** Returns a part of the audit trail, the earliest event first. Fails with NotFound if the project does not exist. */
    readonly events: (request: NamedEventsRequest) => Effect.Effect<ReadonlyArray<NamedEvent>, NotFound | StorageError>

    /**
     * Returns the pairs of steps whose branches may conflict when merged: held, or among the latest 200 that are completed and not merged.
     * At most 100 pairs. Fails with NotFound if the project does not exist.
     */
    readonly overlaps: (request: OneProject) => Effect.Effect<ReadonlyArray<OverlappingSteps>, NotFound | StorageError>
  }
>() {}
