import * as Context from "effect/Context"
import type * as Effect from "effect/Effect"
import type { Conflict, InvalidInput, StorageError } from "../domain/Errors.ts"

/** How many rows of each table were written or read. */
export type TransferredRows = Readonly<Record<string, number>>

/** Takes the lines of an export, in order. */
export interface LineSink {
  /** Forgets every line so far: the export begins anew, because it found a lock. */
  readonly begin: () => void
  readonly line: (text: string) => void
}

/**
 * Moves everything from one store to another, whatever their engines, as lines of JSON. Every method can fail with StorageBusy or
 * StorageFailure.
 */
export class Transfer extends Context.Tag("hq/Transfer")<
  Transfer,
  {
    /** Writes every row of one moment. What only calls at work need, such as the queue, is left out. */
    readonly export: (sink: LineSink) => Effect.Effect<TransferredRows, StorageError>

    /**
     * Reads an export into an empty store; ids stay. All of it is one transaction, however long that takes: an import that is ended
     * halfway leaves nothing. Fails with InvalidInput if a line is wrong or missing, and with Conflict if the store is not empty.
     *
     * @param lines returns the lines from the first on; called again if the transaction has to begin anew
     * @param by who imports, such as "human:ann"
     */
    readonly import: (
      lines: () => Iterable<string>,
      by: string
    ) => Effect.Effect<TransferredRows, InvalidInput | Conflict | StorageError>
  }
>() {}
