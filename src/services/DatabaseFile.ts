import * as Context from "effect/Context"
import type * as Effect from "effect/Effect"
import type { Conflict, StorageError } from "../domain/Errors.ts"
import type { FileCheck, FileCopy, RestoredFile } from "../domain/FileReports.ts"

/**
 * The file in which the store lies, taken as a whole. It need not be one that the services can open: it may be damaged, of another
 * format, or missing. Every method can fail with StorageFailure, and with StorageBusy if another process holds a lock for
 * HQ_BUSY_TIMEOUT.
 */
export class DatabaseFile extends Context.Tag("hq/DatabaseFile")<
  DatabaseFile,
  {
    /** Its absolute path. */
    readonly path: string

    /** Returns the path of the file that a server uses whose AGENT_DB_PATH is that text. */
    readonly pathOf: (text: string) => Effect.Effect<string, StorageError>

    /**
     * Writes a copy of one moment, checked as a whole and synced, while other processes go on. Fails with Conflict if there is a file
     * already, unless `force` is true, or if the copy would hit the database itself.
     */
    readonly backUp: (
      to: string,
      options?: { readonly force?: boolean }
    ) => Effect.Effect<FileCopy, Conflict | StorageError>

    /**
     * Checks a copy, then puts it into the database's place, and keeps the file that was there. Fails with Conflict while another process
     * has the database open.
     *
     * @param by who restores, such as "human:ann"
     * @param options.isDryRun only checks whether it could be done
     */
    readonly restore: (
      from: string,
      by: string,
      options?: { readonly isDryRun?: boolean }
    ) => Effect.Effect<RestoredFile, Conflict | StorageError>

    /** Checks the file and what it says. Changes nothing. */
    readonly examine: Effect.Effect<ReadonlyArray<FileCheck>, StorageError>

    /**
     * Mends what `examine` finds and can be mended, in one transaction, with one event that says so.
     *
     * @param by who mends, such as "human:ann"
     */
    readonly mend: (by: string) => Effect.Effect<ReadonlyArray<FileCheck>, StorageError>
  }
>() {}
