import * as Effect from "effect/Effect"
import type { StorageError } from "../domain/Errors.ts"
import { canonicalName } from "../domain/Names.ts"
import { Completions } from "../services/Completions.ts"

/** Parameters that name what is stored, and what they name. */
const kinds = { project: "project", name: "project", agent_id: "agent" } as const

/** Returns the request with its names as they are stored. Almost all of them are, and then this costs nothing. */
export const withStoredNames = <Request>(request: Request): Effect.Effect<Request, StorageError, Completions> => {
  const given = request as Readonly<Record<string, unknown>>
  const odd = Object.entries(kinds).flatMap(([field, kind]) => {
    const value = given[field]
    return typeof value === "string" && canonicalName(value) !== value ? [{ field, kind, value }] : []
  })
  if (odd.length === 0) return Effect.succeed(request)
  return Effect.map(
    Effect.forEach(odd, ({ field, kind, value }) =>
      Effect.map(
        Effect.flatMap(Completions, (_) => _.spelling(kind, value)),
        (stored) => [field, stored] as const
      )
    ),
    (names) => ({ ...request, ...Object.fromEntries(names) })
  )
}
