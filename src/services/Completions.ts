import * as Context from "effect/Context"
import type * as Effect from "effect/Effect"
import type { StorageError } from "../domain/Errors.ts"

/** What begins with a text, for whoever is typing it. */
export interface CompletionResult {
  /** At most 100. */
  readonly values: ReadonlyArray<string>
  /** How many there are; absent where they were not all looked at. */
  readonly total?: number
  readonly hasMore: boolean
}

/** What callers can refer to by name or id. Of more than 10,000 that may fit, the rest is not looked at. */
export class Completions extends Context.Tag("hq/Completions")<
  Completions,
  {
    /** Names of projects that begin with the text in either case, in the order in which projects are listed. */
    readonly projects: (prefix: string) => Effect.Effect<CompletionResult, StorageError>

    /** Ids, beginning with these digits, of the project's steps by number; where none is named, of steps that are held. */
    readonly steps: (prefix: string, project?: string) => Effect.Effect<CompletionResult, StorageError>

    /** The names of all projects in one text: the same as long as none comes, goes or is renamed. */
    readonly projectSet: Effect.Effect<string, StorageError>
  }
>() {}
