import * as Effect from "effect/Effect"
import type { InvalidInput, NotFound, StorageError } from "../../domain/Errors.ts"
import { Projects } from "../../services/Projects.ts"
import { Steps } from "../../services/Steps.ts"
import { short } from "../Result.ts"
import type { Resource } from "./uris.ts"

/**
 * What the resource holds: what list_projects, get_project (each its first page) and get_step give as text. Not by way of those
 * tools: a client that looks at a plan is no sign of life of the agent whose client it is.
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
