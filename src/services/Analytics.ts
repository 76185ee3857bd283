import * as Context from "effect/Context"
import type * as Effect from "effect/Effect"
import type { AgentEvent, Metrics } from "../domain/Entities.ts"
import type { InvalidInput, NotFound, StorageError } from "../domain/Errors.ts"
import type { AgentEvents, GetMetrics } from "../domain/Requests.ts"

export interface EventsPage {
  readonly events: ReadonlyArray<AgentEvent>
  /** Absent on the last page. */
  readonly next_cursor?: string
}

/** What happened, and how it goes. */
export class Analytics extends Context.Tag("hq/Analytics")<
  Analytics,
  {
    /** A project's metrics, an agent's (within the project, where both are given), or both levels over everything. */
    readonly metrics: (request: GetMetrics) => Effect.Effect<Metrics, NotFound | StorageError>

    /** The audit trail, the latest first; pages as those of `Projects.get`. */
    readonly events: (request: AgentEvents) => Effect.Effect<EventsPage, NotFound | InvalidInput | StorageError>
  }
>() {}
