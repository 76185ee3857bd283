import type { SqlError } from "@effect/sql/SqlError"
import { StorageFailure } from "../../../domain/Errors.ts"
import type { Engine } from "../Engine.ts"

const code = (error: SqlError): string => {
  const cause = error.cause
  return typeof cause === "object" && cause !== null && "code" in cause ? String(cause.code) : ""
}

/** Whether another connection holds the lock, for now. PROTOCOL means that the race to open the log was lost too often. */
export const isBusy = (error: SqlError): boolean => /^SQLITE_(BUSY|LOCKED|PROTOCOL)/.test(code(error))

/**
 * A commit that found a lock, no space or a violated constraint is rolled back for certain. After any other error, such as a failed
 * fsync, the log may hold the whole transaction: whoever recovers the log after a crash then keeps it.
 */
const isOutcomeOpen = (error: SqlError): boolean =>
  /^SQLITE_/.test(code(error)) && !/^SQLITE_(BUSY|LOCKED|FULL|CONSTRAINT|ERROR|MISUSE)/.test(code(error))

/** What to do about a damaged file. */
export const damaged =
  'The database file is damaged. Stop all hq processes and restore it from a backup, or save what can be read: `sqlite3 FILE ".recover" | sqlite3 NEWFILE`.'

const reasons: ReadonlyArray<readonly [prefix: RegExp, reason: string]> = [
  [/^SQLITE_FULL/, "The disk is full: nothing of this call was kept. Free some space, then try the same call again."],
  [/^SQLITE_READONLY/, "The database file is read-only: nothing was changed. Ask the operator to make it writable."],
  [/^SQLITE_CORRUPT/, damaged],
  [/^SQLITE_NOTADB/, "The file is not a SQLite database."],
  [/^SQLITE_CANTOPEN/, "The database file cannot be opened. Check the folder and its permissions."],
  [
    /^SQLITE_(IOERR|NOMEM|PERM|AUTH|NOLFS|TOOBIG)/,
    "The database could not be read or written: nothing of this call was kept."
  ]
]

/** What a person can do about the error, never the driver's own text; undefined for a fault of hq's. */
export const storageFailure = (error: SqlError): StorageFailure | undefined => {
  const found = reasons.find(([prefix]) => prefix.test(code(error)))
  return found === undefined ? undefined : new StorageFailure({ reason: found[1] })
}

/** Characters of the loader's own message that are shown. */
const maxShown = 200

/** Says why the driver's native part cannot be loaded, and what to run; undefined if the driver itself reported the error. */
export const driverFailure = (cause: unknown): StorageFailure | undefined => {
  if (cause instanceof Error && "code" in cause && String(cause.code).startsWith("SQLITE_")) return undefined
  const message = cause instanceof Error ? cause.message : String(cause)
  const shown = message
    .replace(/\s+/g, " ")
    .replace(/ Tried:.*$/, "")
    .slice(0, maxShown)
  return new StorageFailure({
    reason: `the SQLite driver better-sqlite3 cannot be loaded: ${shown} Run \`npm rebuild better-sqlite3\` where hq is installed; with npm 12, install it with \`--allow-scripts=better-sqlite3\``
  })
}

/** What SQLite's errors mean. */
export const errors: Pick<Engine, "failure" | "isBusy" | "isOutcomeOpen"> = {
  failure: storageFailure,
  isBusy,
  isOutcomeOpen
}
