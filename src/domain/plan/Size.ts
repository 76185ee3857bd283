import type { Fault } from "../Errors.ts"
import type { PlanOperation, StepDefinition } from "../Requests.ts"
import { limits } from "../Text.ts"

type Sized = Partial<Pick<StepDefinition, "branch" | "scope" | "title" | "description" | "files">> &
  Pick<Partial<PlanOperation>, "reason" | "depends_on" | "needed_by">

/** Characters of the texts of a step or operation, of which one call takes `limits.texts` at most. */
export const charactersOf = ({
  branch = "",
  description = "",
  files = [],
  reason = "",
  scope = "",
  title = ""
}: Sized) =>
  files.reduce(
    (sum, file) => sum + file.length,
    branch.length + description.length + reason.length + scope.length + title.length
  )

/** What to do instead of making so many dependencies. */
export const fewerDependencies = "put a step in between that waits for all of them, and for which the others wait"

/**
 * Returns what of the steps or operations is too much to be written at once: the characters of their texts, and their
 * dependencies.
 *
 * @param path of the list in the request
 * @param most dependencies that are allowed
 */
export const sizeFaults = (path: string, given: ReadonlyArray<Sized>, most: number): ReadonlyArray<Fault> => {
  let [characters, dependencies] = [0, 0]
  for (const one of given) {
    characters += charactersOf(one)
    dependencies += (one.depends_on?.length ?? 0) + (one.needed_by?.length ?? 0)
  }
  const tooMany = `must have at most ${most} dependencies together: ${fewerDependencies}`
  const tooLong = `must have at most ${limits.texts} characters together: leave the rest to further calls of update_plan`
  return [
    ...(dependencies > most ? [{ path, message: tooMany }] : []),
    ...(characters > limits.texts ? [{ path, message: tooLong }] : [])
  ]
}
