import * as fs from "node:fs"
import * as path from "node:path"
import type Sqlite from "better-sqlite3"
import * as Clock from "effect/Clock"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import type { StorageError, StorageFailure } from "../../../domain/Errors.ts"
import type { FileCheck } from "../../../domain/FileReports.ts"
import { version } from "../../../domain/version.ts"
import { Settings } from "../../../services/Settings.ts"
import { isOpenToOthers, ownerFault } from "./databaseFile.ts"
import { examineClock } from "./examineClock.ts"
import { examineRows } from "./examineRows.ts"
import { error, ok, warning } from "./findings.ts"
import { applicationId, latest } from "./Migrations.ts"
import { entry } from "./openedFile.ts"
import { isWritable, onFile, originOf, statement } from "./plainFile.ts"
import { versionFault } from "./sqliteVersion.ts"

/** Bytes of free space: below, hq says so; SQLite needs some for its log at every write. */
const space = { plenty: 500_000_000, least: 50_000_000 }

/** Bytes of a log that somebody keeps from being copied into the database. */
const largeLog = 256_000_000

const megabytes = (bytes: number) => {
  const [size, unit] = bytes < 1e9 ? [bytes / 1e6, "MB"] : [bytes / 1e9, "GB"]
  return `${size.toLocaleString("en", { maximumFractionDigits: 1 })} ${unit}`
}

const restoreAdvice = "Stop every hq, then put a copy back: hq restore <backup>"

const octal = (mode: number) => (mode & 0o7777).toString(8).padStart(4, "0")

/** The nearest folder above a path that is there. */
const nearestAbove = (file: string): string => {
  const above = path.dirname(file)
  return entry(above) === undefined && above !== file ? nearestAbove(above) : above
}

/** What can be said of the file without opening it; ends with an error if it must not be opened. */
const onDisk = (file: string): ReadonlyArray<FileCheck> => {
  const stat = entry(file)
  if (stat === undefined) {
    const above = nearestAbove(file)
    return [
      entry(above)?.isDirectory() !== true || !isWritable(above)
        ? error(
            "file",
            `There is no file ${file}, and none can be made in ${above}.`,
            "Set AGENT_DB_PATH to a path in a folder of yours."
          )
        : warning(
            "file",
            `There is no file ${file}.`,
            "The first hq that starts makes it. Is AGENT_DB_PATH the one that your clients use?"
          )
    ]
  }
  if (!stat.isFile()) return [error("file", `${file} is not a file.`, "Set AGENT_DB_PATH to the path of a file.")]
  const fault = ownerFault(stat, process.geteuid?.())
  if (fault !== undefined)
    return [error("file", `${file}: ${fault}.`, "Run hq as its owner, or change the owner with chown.")]
  if (stat.nlink > 1) {
    return [
      error(
        "file",
        `${file} has a second name (a hard link).`,
        `SQLite damages such a file. Remove the other name: find / -samefile ${file}`
      )
    ]
  }
  return [
    ok("file", `${fs.realpathSync(file)}, ${megabytes(stat.size)}`),
    ...modes(file),
    freeSpace(file, stat.size + (entry(`${fs.realpathSync(file)}-wal`)?.size ?? 0))
  ]
}

const modes = (file: string): ReadonlyArray<FileCheck> => {
  if (process.geteuid === undefined) return []
  const real = fs.realpathSync(file)
  const open = [real, `${real}-wal`, `${real}-shm`].flatMap((part) => {
    const mode = entry(part)?.mode
    return mode !== undefined && isOpenToOthers(mode) ? [`${part} (${octal(mode)})`] : []
  })
  return [
    open.length === 0
      ? ok("modes", "for its owner alone")
      : {
          check: "modes",
          status: "warning",
          detail: `Other users may use ${open.join(", ")}.`,
          cure: "hq doctor --fix makes that 0600, and so does every hq that starts.",
          can_mend: true
        }
  ]
}

/** A backup beside the database takes its size; SQLite's VACUUM up to twice as much. */
const freeSpace = (file: string, size: number): FileCheck => {
  const { bavail, bsize } = fs.statfsSync(path.dirname(file))
  const free = bavail * bsize
  const text = `${megabytes(free)} free, and the database has ${megabytes(size)}`
  if (free < space.least) return error("disk space", text, "Free some space: a full disk refuses every write.")
  if (free < 2 * size) {
    return warning(
      "disk space",
      text,
      "Free some space: a backup needs as much as the database has, and VACUUM twice that."
    )
  }
  return free < space.plenty
    ? warning("disk space", text, "Free some space: a full disk refuses every write.")
    : ok("disk space", text)
}

const pragma = <A>(db: Sqlite.Database, text: string) => statement(() => db.pragma(text, { simple: true }) as A)

const versions = (db: Sqlite.Database) =>
  Effect.map(
    statement(() => db.prepare<[], string>("SELECT sqlite_version()").pluck().get() as string),
    (sqlite) => {
      const text = `hq ${version} (format ${latest}), SQLite ${sqlite}, Node ${process.versions.node}`
      const fault = versionFault(sqlite)
      return fault === undefined
        ? ok("versions", text)
        : error("versions", `${text}: ${fault}.`, "Run in hq's folder: npm install better-sqlite3@12")
    }
  )

const format = (db: Sqlite.Database) =>
  Effect.map(
    statement(() => ({ ...originOf(db), owner: db.pragma("application_id", { simple: true }) })),
    ({ format, isHq, owner }): FileCheck => {
      if (!isHq)
        return error("format", "It is a SQLite database, but not one of hq.", "Set AGENT_DB_PATH to another file.")
      if (format > latest) {
        return error("format", `A newer hq wrote it (format ${format}, this one knows ${latest}).`, "Update this hq.")
      }
      if (owner === applicationId && format === latest) return ok("format", `format ${format}`)
      const of = owner === applicationId ? `format ${format}` : "a file of the original hq"
      return warning(
        "format",
        `It is ${of}, and this hq has ${latest}.`,
        "The next hq that starts updates it. Before: hq backup <file>"
      )
    }
  )

const log = (db: Sqlite.Database, file: string) =>
  Effect.map(pragma<string>(db, "journal_mode"), (mode): FileCheck => {
    if (mode !== "wal") {
      return warning(
        "write-ahead log",
        `It is in ${mode} mode.`,
        "The next hq that starts turns the log on. It needs a local disk."
      )
    }
    const size = entry(`${fs.realpathSync(file)}-wal`)?.size ?? 0
    return size > largeLog
      ? warning(
          "write-ahead log",
          `It has grown to ${megabytes(size)}.`,
          "Somebody reads an old snapshot: end shells with an open transaction."
        )
      : ok("write-ahead log", `on, ${megabytes(size)}`)
  })

const integrity = (db: Sqlite.Database) =>
  Effect.gen(function* () {
    const result = yield* pragma<string>(db, "integrity_check(3)")
    if (result !== "ok") return error("integrity", result, restoreAdvice)
    const orphans = yield* statement(() => db.pragma("foreign_key_check") as ReadonlyArray<{ readonly table: string }>)
    return orphans.length === 0
      ? ok("integrity", "SQLite's check of the whole file passed")
      : error(
          "integrity",
          `${orphans.length} rows refer to rows that are gone, the first in ${orphans[0]?.table}.`,
          restoreAdvice
        )
  })

const isError = ({ status }: FileCheck) => status === "error"

/** The checks that need hq's own tables in this program's format. */
const rowChecks = ["clock", "processes", "counts", "steps", "leases"]

/** Checks an open file, and goes no further than it can be relied on. */
const inside = (db: Sqlite.Database, file: string, now: number) =>
  Effect.gen(function* () {
    const checks: Array<FileCheck> = [
      yield* versions(db),
      yield* format(db),
      yield* log(db, file),
      yield* integrity(db)
    ]
    const isReadable = !checks.some((one) => isError(one) || (one.check === "format" && one.status === "warning"))
    if (!isReadable) return [...checks, ...skipped(rowChecks)]
    const settings = yield* Settings
    checks.push(...(yield* statement(() => examineClock(db, now, settings))))
    return [...checks, ...(yield* examineRows(db, now, Duration.toMillis(settings.staleAfter)))]
  })

const skipped = (checks: ReadonlyArray<string>): ReadonlyArray<FileCheck> =>
  checks.map((check) => ({ check, status: "skipped", detail: "because of what is above" }))

/** Checks a file and its rows. Changes nothing. */
export const examine = (file: string): Effect.Effect<ReadonlyArray<FileCheck>, StorageError> =>
  Effect.gen(function* () {
    const now = yield* Clock.currentTimeMillis
    const checks = onDisk(file)
    if (entry(file) === undefined || checks.some(isError)) return checks
    const rest = yield* onFile(file, (db) => inside(db, file, now)).pipe(
      Effect.catchTag("StorageFailure", ({ reason }: StorageFailure) =>
        Effect.succeed([error("integrity", reason, restoreAdvice), ...skipped(rowChecks)])
      )
    )
    return [...checks, ...rest]
  })
