import { randomUUID } from "node:crypto"
import * as fs from "node:fs"
import * as path from "node:path"
import type Sqlite from "better-sqlite3"
import * as Effect from "effect/Effect"
import { Conflict, type StorageError, StorageFailure } from "../../../domain/Errors.ts"
import type { FileCopy } from "../../../domain/FileReports.ts"
import { errorCode } from "./databaseFile.ts"
import { latest, newerThanProgram } from "./Migrations.ts"
import { entry, isSame } from "./openedFile.ts"
import { later, onFile, onFiles, originOf, removeTemporary, statement, sync } from "./plainFile.ts"

/** More pages than any file has: the copy is one step, and so of one moment, and no other process's write begins it anew. */
const allPages = 0x7fffffff

/** Counts of a copy, once it has passed its check and is one file. */
const check = (copy: string) =>
  onFile(copy, (db: Sqlite.Database) =>
    Effect.gen(function* () {
      // Whoever looks into a copy needs no second file, and may lack the right to make one.
      yield* statement(() => db.pragma("journal_mode = DELETE"))
      const result = yield* statement(() => db.pragma("integrity_check(1)", { simple: true }))
      if (result !== "ok") {
        return yield* new StorageFailure({ reason: `it is damaged: ${result}` })
      }
      const { format, isHq } = yield* statement(() => originOf(db))
      if (!isHq) return yield* new StorageFailure({ reason: "it is a SQLite database, but not one of hq" })
      if (format > latest) return yield* newerThanProgram(format)
      const count = (table: string) =>
        statement(() => db.prepare(`SELECT count(*) FROM ${table}`).pluck().get() as number)
      return { format, projects: yield* count("projects"), steps: yield* count("steps") }
    })
  )

/**
 * Copies a database as it is at one moment, checks the copy and syncs it. The source may be in use.
 *
 * @param copy must not exist; removed with the scope's end if it is still there
 */
export const copyFile = (source: string, copy: string) =>
  Effect.gen(function* () {
    yield* Effect.addFinalizer(() => Effect.sync(() => removeTemporary(copy)))
    yield* onFiles(`the file ${copy} cannot be made`, () => fs.closeSync(fs.openSync(copy, "wx", 0o600)))
    yield* onFile(source, (db) =>
      Effect.zipRight(
        // Of a file that another process has for itself, the driver would make an empty copy: with a snapshot open, nobody can have it.
        statement(() => db.exec("BEGIN; SELECT 1 FROM sqlite_schema")),
        later(() => db.backup(copy, { progress: () => allPages }))
      )
    )
    const counts = yield* check(copy)
    return yield* onFiles(`the file ${copy} cannot be synced`, () => {
      sync(copy)
      return { ...counts, bytes: fs.statSync(copy).size }
    })
  }).pipe(
    Effect.catchTag(
      "StorageFailure",
      ({ reason }) => new StorageFailure({ reason: `cannot copy ${source}: ${reason}` })
    )
  )

/** A name beside the file that nobody has. */
export const temporaryBeside = (file: string): string => `${file}.${randomUUID().slice(0, 8)}.tmp`

const choose = "Run: hq backup <another file>"

const exists = (to: string) =>
  new Conflict({ reason: `${to} exists.`, advice: "Run: hq backup --force, or name another file." })

/** Why a copy must not be put there. */
const refusal = (database: string, to: string, force: boolean): Conflict | StorageFailure | undefined => {
  const folder = path.dirname(to)
  if (entry(folder)?.isDirectory() !== true) return new StorageFailure({ reason: `There is no folder ${folder}.` })
  const own = ["", "-wal", "-shm", "-journal"].map((part) => `${database}${part}`)
  if (own.some((file) => path.resolve(file) === to || isSame(entry(file), entry(to)))) {
    return new Conflict({ reason: `${to} is the database itself, or a part of it.`, advice: choose })
  }
  const found = entry(to)
  if (found !== undefined && !found.isFile()) return new Conflict({ reason: `${to} is not a file.`, advice: choose })
  if (found !== undefined && !force) return exists(to)
  // SQLite would apply the log of the file that was there to the new one.
  const log = [`${to}-wal`, `${to}-journal`].find((file) => entry(file) !== undefined)
  return log === undefined
    ? undefined
    : new Conflict({ reason: `${log} exists: a database of that name is in use, or was not closed.`, advice: choose })
}

/** Gives a finished file its name, all at once. */
const publish = (from: string, to: string, force: boolean): Effect.Effect<void, Conflict | StorageFailure> =>
  Effect.try({
    try: () => {
      if (force) fs.renameSync(from, to)
      else {
        // Unlike a renaming, a link replaces nothing.
        fs.linkSync(from, to)
        fs.rmSync(from)
      }
      sync(path.dirname(to))
    },
    catch: (error) =>
      errorCode(error) === "EEXIST"
        ? exists(to)
        : new StorageFailure({ reason: `the file ${to} cannot be made (${errorCode(error)})` })
  })

/** Writes a checked copy of the database to a file. @param to absolute path */
export const backUp = (
  database: string,
  to: string,
  force: boolean
): Effect.Effect<FileCopy, Conflict | StorageError> =>
  Effect.scoped(
    Effect.gen(function* () {
      const refused = refusal(database, to, force)
      if (refused !== undefined) return yield* refused
      if (entry(database) === undefined) {
        return yield* new StorageFailure({ reason: `There is no database at ${database}: nothing to back up.` })
      }
      const temporary = temporaryBeside(to)
      const { bytes, projects, steps } = yield* copyFile(database, temporary)
      yield* publish(temporary, to, force)
      return { file: to, bytes, projects, steps }
    })
  )
