import * as Context from "effect/Context"
import type * as Effect from "effect/Effect"
import type { StorageError } from "../domain/Errors.ts"

/** Completions of a prefix. */
export interface CompletionResult {
  /** At most 100. */
  readonly values: ReadonlyArray<string>
  /** Number of matches. Absent if not every candidate was read. */
  readonly total?: number
  readonly hasMore: boolean
}

/**
 * Completes the names and ids that callers refer to. Reads at most 10,000 candidates. Every method can fail with
 * StorageBusy or StorageFailure.
 */
export class Completions extends Context.Tag("hq/Completions")<
  Completions,
  {
    /** Returns the project names that start with the prefix, ignoring case. Ordered as in list_projects. */
    readonly projects: (prefix: string) => Effect.Effect<CompletionResult, StorageError>

    /**
     * Returns the ids that start with the prefix: of the project's steps, by step number; of all held steps if no
     * project is given.
     */
    readonly steps: (prefix: string, project?: string) => Effect.Effect<CompletionResult, StorageError>

    /**
     * Returns a name as a caller must give it to find what is stored. That is its canonical form, without blanks at its ends, unless an
     * older hq has stored a project or an agent by the very name that was given.
     */
    readonly spelling: (kind: "project" | "agent", given: string) => Effect.Effect<string, StorageError>

    /** Returns a text of all project names. It changes only if a project is created, deleted or renamed. */
    readonly projectSet: Effect.Effect<string, StorageError>
  }
>() {}
