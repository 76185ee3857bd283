import * as Context from "effect/Context"
import type * as Effect from "effect/Effect"
import type { Project, Step } from "../domain/Entities.ts"
import type { Conflict, InvalidInput, NotFound, StorageError } from "../domain/Errors.ts"
import type { CreateProject, GetProject, ListProjects } from "../domain/Requests.ts"

/** A project with one page of its steps, in the order of their numbers. */
export interface ProjectPage {
  readonly project: Project
  readonly steps: ReadonlyArray<Step>
  /** Absent on the last page. */
  readonly next_cursor?: string
}

export interface ProjectsPage {
  readonly projects: ReadonlyArray<Project>
  /** Absent on the last page. */
  readonly next_cursor?: string
}

/** Plans: their making and their sight. */
export class Projects extends Context.Tag("hq/Projects")<
  Projects,
  {
    /** Stores a plan whole or not at all. Conflict where the name is taken; InvalidInput names every fault of the graph. */
    readonly create: (request: CreateProject) => Effect.Effect<Project, Conflict | InvalidInput | StorageError>

    /** The project and a page of its steps (100 by default). InvalidInput for a cursor that hq did not give. */
    readonly get: (request: GetProject) => Effect.Effect<ProjectPage, NotFound | InvalidInput | StorageError>

    /** Projects by falling priority, the newest first (100 a page by default). */
    readonly list: (request: ListProjects) => Effect.Effect<ProjectsPage, InvalidInput | StorageError>
  }
>() {}
