import * as Context from "effect/Context"
import type * as Effect from "effect/Effect"
import type { ProjectExplanation, StepExplanation } from "../domain/answers/Explanations.ts"
import type { AgentEvent, Metrics } from "../domain/Entities.ts"
import type { InvalidInput, NotFound, StorageError } from "../domain/Errors.ts"
import type { AgentEvents, GetMetrics, OneProject, OneStep } from "../domain/Requests.ts"

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

    /** Why a step is not handed out: what it waits for, who has that, what must happen first. Costs the same in a plan of any size. */
    readonly explainStep: (request: OneStep) => Effect.Effect<StepExplanation, NotFound | StorageError>

    /** What decides when a project is finished: the longest chain of what is left, and the steps that most others wait for. Reads all that is left. */
    readonly explainProject: (request: OneProject) => Effect.Effect<ProjectExplanation, NotFound | StorageError>
  }
>() {}
