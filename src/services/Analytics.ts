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

/**
 * Reports: metrics, the audit trail and explanations. Every method can fail with StorageBusy or StorageFailure. See
 * docs/architecture.md, "Flat cost".
 */
export class Analytics extends Context.Tag("hq/Analytics")<
  Analytics,
  {
    /**
     * Returns the metrics of a project, of an agent (within the project if both are given), or of everything. Fails
     * with NotFound if the project does not exist.
     */
    readonly metrics: (request: GetMetrics) => Effect.Effect<Metrics, NotFound | StorageError>

    /**
     * Returns a page of the audit trail, latest first. Pages work as in `Projects.get`. Fails with NotFound if the
     * project does not exist, and with InvalidInput for an unknown cursor.
     */
    readonly events: (request: AgentEvents) => Effect.Effect<EventsPage, NotFound | InvalidInput | StorageError>

    /**
     * Returns why a step cannot be claimed: its unmet dependencies, their holders, and what must happen first. Costs
     * the same in a plan of any size. Fails with NotFound if the step does not exist.
     */
    readonly explainStep: (request: OneStep) => Effect.Effect<StepExplanation, NotFound | StorageError>

    /**
     * Returns what determines when a project finishes: the longest chain of unfinished steps, and the steps that block
     * the most others. Reads all unfinished steps. Fails with NotFound if the project does not exist.
     */
    readonly explainProject: (request: OneProject) => Effect.Effect<ProjectExplanation, NotFound | StorageError>
  }
>() {}
