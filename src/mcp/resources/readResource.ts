import * as Effect from "effect/Effect"
import type { InvalidInput, NotFound, StorageError } from "../../domain/Errors.ts"
import { Projects } from "../../services/Projects.ts"
import { Steps } from "../../services/Steps.ts"
import { short } from "../Result.ts"
import type { Resource } from "./uris.ts"

/**
 * Returns the same JSON as list_projects, get_project (the first page of each) or get_step. It does not call those
 * tools: reading a plan is no sign of life of the client's agent.
 *
 * Fails with NotFound if the project or step does not exist.
 */
export const read = (
  resource: Resource
): Effect.Effect<object, NotFound | InvalidInput | StorageError, Projects | Steps> => {
  switch (resource.kind) {
    case "projects":
      return Effect.map(
        Effect.flatMap(Projects, (_) => _.list({})),
        (page) => short(page, "projects").projects
      )
    case "project":
      return Effect.map(
        Effect.flatMap(Projects, (_) => _.get({ name: resource.name })),
        ({ project, ...page }) => short({ ...project, ...page }, "steps")
      )
    case "step":
      return Effect.flatMap(Steps, (_) => _.get({ step_id: resource.step_id }))
  }
}
