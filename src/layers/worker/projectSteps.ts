import * as Effect from "effect/Effect"
import type { Step } from "../../domain/Entities.ts"
import type { AgentId, ProjectName } from "../../domain/Ids.ts"
import { matcher } from "../../domain/Names.ts"
import type { Projects } from "../../services/Projects.ts"
import { everyStep } from "../../services/pages.ts"
import type { Recovery } from "../../services/Recovery.ts"
import { left } from "./left.ts"

const inScope = (scopes: ReadonlyArray<string> | undefined): ((scope: string) => boolean) =>
  scopes === undefined ? () => true : matcher(scopes)

/** The steps of a project that have one of these statuses. Reads none if no step has. */
export const stepsOf = (projects: Projects["Type"], name: ProjectName, status: "completed" | "failed") =>
  Effect.gen(function* () {
    const first = yield* projects.get({ name, limit: 1 })
    if ((first.project.step_counts[status] ?? 0) === 0) return []
    return (yield* everyStep(projects, name)).filter((step) => step.status === status)
  })

/**
 * What is left of the project for a worker.
 *
 * @param scopes those of its steps. Default: all
 */
export const leftOf = (
  projects: Projects["Type"],
  name: ProjectName,
  scopes: ReadonlyArray<string> | undefined,
  isMerging: boolean
) =>
  Effect.gen(function* () {
    const { project } = yield* projects.get({ name, limit: 1 })
    const needsMerge = project.unblock_on === "merged"
    const { completed = 0, failed = 0 } = project.step_counts
    // Reads the steps only if there is something to find.
    if (failed === 0 && (completed === 0 || !(isMerging || needsMerge))) return { failed: [], unmerged: [] }
    const isInScope = inScope(scopes)
    return left(yield* everyStep(projects, name), { isOurs: ({ scope }) => isInScope(scope), isMerging, needsMerge })
  })

/** Takes failed steps up again, each at most so many times. */
export const makeRetries = (recovery: Recovery["Type"], times: number, scopes: ReadonlyArray<string> | undefined) => {
  const taken = new Map<number, number>()
  const isInScope = inScope(scopes)

  /** Returns whether the step may be claimed again. @param agent_id who takes it up */
  const retry = ({ id, scope }: Pick<Step, "id" | "scope">, agent_id: AgentId) =>
    Effect.gen(function* () {
      const before = taken.get(id) ?? 0
      if (before >= times || !isInScope(scope)) return false
      taken.set(id, before + 1)
      yield* recovery.recoverFailed({ step_id: id, agent_id })
      return true
    }).pipe(
      // Somebody else was faster.
      Effect.catchTag("Conflict", "NotFound", () => Effect.succeed(true))
    )
  return { isNone: times === 0, retry }
}

export type Retries = ReturnType<typeof makeRetries>
