import * as Effect from "effect/Effect"
import type { ProjectName } from "../domain/Ids.ts"
import type { ProjectStatus } from "../domain/Status.ts"
import type { Projects } from "./Projects.ts"

/** Entries of a page, the most that one may have. */
const limit = 1000

interface PageRequest {
  readonly limit: number
  readonly cursor?: string
}

/** Reads page after page. @param read returns the entries of one, and the cursor of the next if there is one */
export const everyPage = <A, E, R>(
  read: (page: PageRequest) => Effect.Effect<readonly [entries: ReadonlyArray<A>, next: string | undefined], E, R>
): Effect.Effect<ReadonlyArray<A>, E, R> =>
  Effect.gen(function* () {
    const all: Array<A> = []
    let cursor: string | undefined
    do {
      const [entries, next] = yield* read(cursor === undefined ? { limit } : { limit, cursor })
      for (const entry of entries) all.push(entry)
      cursor = next
    } while (cursor !== undefined)
    return all
  })

/** Reads all projects. @param filter those of one status */
export const everyProject = (projects: Projects["Type"], filter: { readonly status?: ProjectStatus } = {}) =>
  everyPage((page) =>
    Effect.map(projects.list({ ...filter, ...page }), ({ next_cursor, projects }) => [projects, next_cursor] as const)
  )

/** Reads all steps of a project. */
export const everyStep = (projects: Projects["Type"], name: ProjectName) =>
  everyPage((page) =>
    Effect.map(projects.get({ name, ...page }), ({ next_cursor, steps }) => [steps, next_cursor] as const)
  )
