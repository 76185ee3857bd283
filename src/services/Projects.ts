import * as Context from "effect/Context"
import type * as Effect from "effect/Effect"
import type { FailedBlocker } from "../domain/answers/Explanations.ts"
import type { DeletedProject, PlanUpdated, Project, Step } from "../domain/Entities.ts"
import type { Conflict, InvalidInput, NotFound, StorageError } from "../domain/Errors.ts"
import type {
  CreateProject,
  DeleteProject,
  GetProject,
  ListProjects,
  UpdatePlan,
  UpdateProject
} from "../domain/Requests.ts"

/** A project with one page of its steps, in the order of their numbers. */
export interface ProjectPage {
  readonly project: Project
  readonly steps: ReadonlyArray<Step>
  /** Failed steps of the whole project that hold up others, the longest chains first: at most 20. Absent where no step has failed. */
  readonly blocked_by_failed?: ReadonlyArray<FailedBlocker>
  /** Absent on the last page. */
  readonly next_cursor?: string
}

export interface ProjectsPage {
  readonly projects: ReadonlyArray<Project>
  /** Absent on the last page. */
  readonly next_cursor?: string
}

/** Plans: their making, their sight, and what becomes of them as a whole. */
export class Projects extends Context.Tag("hq/Projects")<
  Projects,
  {
    /** Stores a plan whole or not at all. Conflict where the name is taken; InvalidInput names every fault of the graph. */
    readonly create: (request: CreateProject) => Effect.Effect<Project, Conflict | InvalidInput | StorageError>

    /**
     * The project and a page of its steps, whole ones: as many as the request's limit says, or else as fit in the budget of an
     * answer when they are told briefly (see domain/Brief). InvalidInput for a cursor that hq did not give.
     */
    readonly get: (request: GetProject) => Effect.Effect<ProjectPage, NotFound | InvalidInput | StorageError>

    /** Projects by falling priority, the newest first; pages as those of `get`. */
    readonly list: (request: ListProjects) => Effect.Effect<ProjectsPage, InvalidInput | StorageError>

    /**
     * Changes what the request names. Steps of a paused or aborted project are not claimed, those that are held go on; an active
     * one in which nothing is left to do becomes completed by itself. Conflict where the new name is taken.
     */
    readonly update: (request: UpdateProject) => Effect.Effect<Project, NotFound | Conflict | StorageError>

    /**
     * Edits the plan by operations, one after the other, all or nothing, and raises its revision where that changed anything. Only
     * steps that have not begun are changed; failed ones can be cancelled or split as well. InvalidInput names every fault of the
     * operations, and cycles that they would close. Conflict where the plan is not at expected_revision, or a step has begun.
     */
    readonly updatePlan: (
      request: UpdatePlan
    ) => Effect.Effect<PlanUpdated, NotFound | Conflict | InvalidInput | StorageError>

    /** Deletes the project with its steps; its events stay. Conflict while steps are held, unless it is forced. */
    readonly delete: (request: DeleteProject) => Effect.Effect<DeletedProject, NotFound | Conflict | StorageError>
  }
>() {}
