import * as fs from "node:fs"
import { SqlError } from "@effect/sql/SqlError"
import Sqlite from "better-sqlite3"
import * as Effect from "effect/Effect"
import { type StorageError, StorageFailure } from "../../../domain/Errors.ts"
import { Settings } from "../../../services/Settings.ts"
import { untilNotBusy } from "../busyRetry.ts"
import { errorCode } from "./databaseFile.ts"
import { applicationId, latest } from "./Migrations.ts"
import { driverFailure, errors } from "./sqliteErrors.ts"

/* A database file on a plain connection of the driver: not migrated, not tightened, not watched. */

const reported = (cause: unknown) => driverFailure(cause) ?? new SqlError({ cause, message: "SQLite failed" })

/** Runs what the driver does at once, or throws. */
export const statement = <A>(run: () => A): Effect.Effect<A, SqlError | StorageFailure> =>
  Effect.try({ try: run, catch: reported })

/** The same of what it does later. */
export const later = <A>(run: () => Promise<A>): Effect.Effect<A, SqlError | StorageFailure> =>
  Effect.tryPromise({ try: run, catch: reported })

/** Says what the file system reports. @param what "cannot" do */
export const onFiles = <A>(what: string, run: () => A): Effect.Effect<A, StorageFailure> =>
  Effect.try({ try: run, catch: (error) => new StorageFailure({ reason: `${what} (${errorCode(error)})` }) })

export const isWritable = (file: string): boolean => {
  try {
    fs.accessSync(file, fs.constants.W_OK)
    return true
  } catch {
    return false
  }
}

/** Milliseconds that the driver waits for a lock by itself, during which nobody can interrupt it. */
const driverWaits = 50

/**
 * Opens a file that is there, and closes it after use.
 *
 * @param use runs again, on a new connection, if it found a lock
 */
export const onFile = <A, E>(
  file: string,
  use: (db: Sqlite.Database) => Effect.Effect<A, E | SqlError | StorageFailure>
): Effect.Effect<A, Exclude<E, SqlError> | StorageError> =>
  Effect.flatMap(Settings, ({ busyTimeout }) =>
    Effect.acquireUseRelease(
      statement(
        () =>
          new Sqlite(file, {
            fileMustExist: true,
            readonly: !isWritable(file),
            timeout: driverWaits
          })
      ),
      use,
      (db) => Effect.sync(() => db.close())
    ).pipe(untilNotBusy(errors, busyTimeout))
  )

/** What a file says of itself. */
export interface Origin {
  /** Whether hq's tables are in it. */
  readonly isHq: boolean
  /** Number of the latest migration; 0 for a file of the original hq. */
  readonly format: number
}

export const originOf = (db: Sqlite.Database): Origin => {
  const owner = db.pragma("application_id", { simple: true }) as number
  const format = db.pragma("user_version", { simple: true }) as number
  const found = db
    .prepare(
      "SELECT count(*) FROM sqlite_schema WHERE type = 'table' AND name IN ('projects', 'steps', 'agent_events')"
    )
    .pluck()
    .get()
  return { isHq: (owner === applicationId || owner === 0) && found === 3, format }
}

/** Syncs a file, or the entries of a folder. */
export const sync = (path: string): void => {
  const fd = fs.openSync(path, "r")
  try {
    fs.fsyncSync(fd)
  } finally {
    fs.closeSync(fd)
  }
}

/** Removes a temporary database and what SQLite has put beside it. */
export const removeTemporary = (file: string): void => {
  for (const part of ["", "-wal", "-shm", "-journal"]) fs.rmSync(`${file}${part}`, { force: true })
}

/** Records who has changed the store as a whole. @param at ISO-8601 */
export const recordUpdate = (db: Sqlite.Database, by: string, at: string, metadata: object): void => {
  db.prepare(
    `INSERT INTO agent_events (agent_id, event_type, timestamp, metadata, format) VALUES (?, 'updated', ?, ?, ${latest})`
  ).run(by, at, JSON.stringify(metadata))
}
