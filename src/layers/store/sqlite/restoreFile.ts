import * as fs from "node:fs"
import * as path from "node:path"
import type { SqlError } from "@effect/sql/SqlError"
import Sqlite from "better-sqlite3"
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import { Conflict, type StorageError, StorageFailure } from "../../../domain/Errors.ts"
import type { RestoredFile } from "../../../domain/FileReports.ts"
import { timestamp } from "../time.ts"
import { copyFile, temporaryBeside } from "./copyFile.ts"
import { liveSessions, processName } from "./liveSessions.ts"
import { latest } from "./Migrations.ts"
import { makeFolder } from "./makeFolder.ts"
import { entry, isSame } from "./openedFile.ts"
import { onFile, onFiles, recordUpdate, statement, sync } from "./plainFile.ts"
import { errors } from "./sqliteErrors.ts"

/** Milliseconds for which a command that lasts a moment is waited for. */
const patience = 1000

/**
 * A process that is just starting waits so long for the lock of the file that was there, then opens the path again. Meanwhile the lock
 * stays: with it, that process would write a log of the old file under the name of the new one's.
 */
const startersGiveUp = "200 millis"

/** The processes that have the file open, as far as it says who they are. */
const users = (db: Sqlite.Database): ReadonlyArray<string> => {
  try {
    return liveSessions(db).map(processName)
  } catch {
    // An older format does not say.
    return []
  }
}

const inUse = (file: string, known: ReadonlyArray<string>) =>
  new Conflict({
    reason: `${known.length === 0 ? "Another process has" : `Processes ${known.join(", ")} have`} the database ${file} open. Nothing was changed.`,
    advice: "Run: hq restore again once every hq has ended: close the MCP clients, or disconnect their servers."
  })

/**
 * Takes the file for this process alone until the scope ends: SQLite refuses while anybody else has it open, be it idle. Then its log
 * is in it. A file that is no database any more cannot be taken, and need not be: whoever has it open can do nothing with it.
 */
const takeAlone = (file: string, isDryRun: boolean) =>
  Effect.gen(function* () {
    const db = yield* Effect.acquireRelease(
      statement(() => new Sqlite(file, { timeout: patience })),
      (db) => Effect.sync(() => db.close())
    )
    yield* statement(() => {
      db.pragma("locking_mode = EXCLUSIVE")
      db.exec("BEGIN EXCLUSIVE; COMMIT")
      if (isDryRun) return
      db.pragma("journal_mode = DELETE")
      // The lock keeps the journal of that change open. It must be gone before the name is another file's.
      db.pragma("journal_mode = MEMORY")
      fs.rmSync(`${file}-journal`, { force: true })
    })
  }).pipe(
    Effect.catchTag("SqlError", (error: SqlError) =>
      errors.isBusy(error) ? Effect.flatMap(knownUsers(file), (known) => inUse(file, known)) : Effect.void
    )
  )

const knownUsers = (file: string) =>
  Effect.orElseSucceed(
    onFile(file, (db) => Effect.sync(() => users(db))),
    (): ReadonlyArray<string> => []
  )

/** Puts the copy in place of the file, which keeps a name. */
const swap = (copy: string, file: string, kept: string): void => {
  if (entry(file) !== undefined) {
    // Of a file that could not be read, the log is kept as well.
    for (const part of ["-wal", "-journal"]) {
      if (entry(`${file}${part}`) !== undefined) fs.renameSync(`${file}${part}`, `${kept}${part}`)
    }
    fs.rmSync(`${file}-shm`, { force: true })
    // There is always a file: one that starts now must not make an empty one.
    fs.linkSync(file, kept)
  }
  fs.renameSync(copy, file)
  sync(path.dirname(file))
}

/** Records who has restored, if the copy has the tables of this program. */
const sign = (copy: string, by: string, from: string) =>
  onFile(copy, (db) =>
    Effect.flatMap(Clock.currentTimeMillis, (now) =>
      statement(() => {
        db.pragma("synchronous = FULL")
        recordUpdate(db, by, timestamp(now), { restored_from: from })
      })
    )
  )

/**
 * Puts a checked copy of a file in the database's place.
 *
 * @param from absolute path
 * @param by who restores
 */
export const restore = (
  database: string,
  from: string,
  by: string,
  isDryRun: boolean
): Effect.Effect<RestoredFile, Conflict | StorageError> =>
  Effect.scoped(
    Effect.gen(function* () {
      if (entry(from)?.isFile() !== true)
        return yield* new StorageFailure({ reason: `There is no file ${from}. Make one: hq backup <file>` })
      if (isSame(entry(from), entry(database))) {
        return yield* new Conflict({
          reason: `${from} is the database itself.`,
          advice: "Run: hq restore <a copy of it>"
        })
      }
      const file = entry(database) === undefined ? database : fs.realpathSync(database)
      yield* onFiles(`the folder ${path.dirname(file)} cannot be made`, () => makeFolder(path.dirname(file)))
      const copy = temporaryBeside(file)
      const { format, ...counts } = yield* copyFile(from, copy)
      const answer = { file, from, ...counts }
      const exists = entry(file) !== undefined
      return yield* Effect.scoped(
        Effect.gen(function* () {
          if (exists) yield* takeAlone(file, isDryRun)
          if (isDryRun) return answer
          if (format === latest) yield* sign(copy, by, from)
          const kept = `${file}.replaced-${timestamp(yield* Clock.currentTimeMillis).replace(/[-:.]/g, "")}`
          yield* onFiles(`${file} cannot be replaced`, () => swap(copy, file, kept))
          if (!exists) return answer
          yield* Effect.sleep(startersGiveUp)
          return { ...answer, kept }
        })
      )
    })
  )
