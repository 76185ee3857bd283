import * as Context from "effect/Context"
import type * as Effect from "effect/Effect"
import type { FailedBlocker } from "../domain/answers/Explanations.ts"
import type { CreatedProject, DeletedProject, PlanUpdated, Project, Step } from "../domain/Entities.ts"
import type { Conflict, InvalidInput, NotFound, StorageError } from "../domain/Errors.ts"
import type {
  CreateProjectBy,
  DeleteProject,
  EditPlan,
  GetProject,
  ListProjects,
  OneProject,
  UpdateProject
} from "../domain/Requests.ts"

/** A project with one page of its steps, by step number. */
export interface ProjectPage {
  readonly project: Project
  readonly steps: ReadonlyArray<Step>
  /**
   * Failed steps of the whole project that block others, longest chains first. At most 20. Absent if no step has
   * failed.
   */
  readonly blocked_by_failed?: ReadonlyArray<FailedBlocker>
  /** Absent on the last page. */
  readonly next_cursor?: string
}

/** A project with all of its steps and their descriptions, by step number. */
export interface WholePlan {
  readonly project: Project
  readonly steps: ReadonlyArray<Step>
}

export interface ProjectsPage {
  readonly projects: ReadonlyArray<Project>
  /** Absent on the last page. */
  readonly next_cursor?: string
}

/**
 * Creates, reads and changes projects and their plans. Every method can fail with StorageBusy or StorageFailure. See
 * docs/architecture.md, "Errors and inputs".
 */
export class Projects extends Context.Tag("hq/Projects")<
  Projects,
  {
    /**
     * Stores a plan, all or nothing. Fails with Conflict if the name is taken, and with InvalidInput that lists every
     * fault of the graph. Branches that git refuses or that several steps have are stored, with a warning. If the
     * request says who makes the project, an event records that.
     */
    readonly create: (request: CreateProjectBy) => Effect.Effect<CreatedProject, Conflict | InvalidInput | StorageError>

    /**
     * Returns the project and a page of its steps, untruncated. A page has at most `limit` steps; by default as many as
     * fit into an answer once truncated (`ResponseBudget`). Fails with NotFound if the project does not exist, and with
     * InvalidInput for an unknown cursor.
     */
    readonly get: (request: GetProject) => Effect.Effect<ProjectPage, NotFound | InvalidInput | StorageError>

    /** Returns the project and its plan, cancelled steps included. Reads all of it. Fails with NotFound if it does not exist. */
    readonly plan: (request: OneProject) => Effect.Effect<WholePlan, NotFound | StorageError>

    /**
     * Returns a page of projects: highest priority first, then newest first. Pages work as in `get`. Fails with
     * InvalidInput for an unknown cursor.
     */
    readonly list: (request: ListProjects) => Effect.Effect<ProjectsPage, InvalidInput | StorageError>

    /**
     * Changes the fields that the request names. Steps of a paused or aborted project are not claimed, but held steps
     * go on. A project set to active becomes completed if no step is left. An event says what changed and who did it.
     * Fails with NotFound if the project does not exist, and with Conflict if the new name is taken.
     */
    readonly update: (request: UpdateProject) => Effect.Effect<Project, NotFound | Conflict | StorageError>

    /**
     * Applies the operations in order, all or nothing, and raises the revision if they change anything. Changes only
     * steps that have not begun; failed steps can also be cancelled or split. Fails with NotFound if the project does
     * not exist; with InvalidInput that lists every fault and every new cycle; and with Conflict if the revision is not
     * `expected_revision` or a step has begun.
     */
    readonly updatePlan: (
      request: EditPlan
    ) => Effect.Effect<PlanUpdated, NotFound | Conflict | InvalidInput | StorageError>

    /**
     * Deletes the project and its steps, and keeps its events; one more says who deleted what. Fails with NotFound if the project does not exist, and
     * with Conflict while steps are held, unless `force` is true.
     */
    readonly delete: (request: DeleteProject) => Effect.Effect<DeletedProject, NotFound | Conflict | StorageError>
  }
>() {}
