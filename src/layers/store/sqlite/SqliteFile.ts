import * as path from "node:path"
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Logger from "effect/Logger"
import * as LogLevel from "effect/LogLevel"
import type { StorageError } from "../../../domain/Errors.ts"
import type { FileCheck } from "../../../domain/FileReports.ts"
import { DatabaseFile } from "../../../services/DatabaseFile.ts"
import { Settings } from "../../../services/Settings.ts"
import { backUp } from "./copyFile.ts"
import { tighten } from "./databaseFile.ts"
import { databasePath, type PathOptions } from "./databasePath.ts"
import { examine } from "./examineFile.ts"
import { mendRows } from "./examineRows.ts"
import { onFile } from "./plainFile.ts"
import { restore } from "./restoreFile.ts"

/** Mends a file that `checks` were found of: its mode, then its rows if they can be relied on. */
const mend = (file: string, by: string, checks: ReadonlyArray<FileCheck>) =>
  Effect.gen(function* () {
    const wasOpen = checks.some(({ check, status }) => check === "modes" && status === "warning")
    // What was done is told as mended, and what could not be as found again.
    if (wasOpen) yield* Logger.withMinimumLogLevel(tighten(file), LogLevel.None)
    const canMend = checks.some(({ check, status }) => check === "counts" && status !== "skipped")
    const now = yield* Clock.currentTimeMillis
    const mended = canMend ? yield* onFile(file, (db) => mendRows(db, now, by)) : []
    const after = yield* examine(file)
    const isMended = ({ check, status }: FileCheck) =>
      status === "ok" && mended.some((one) => one.check === check && one.status === "mended")
    return [
      ...after
        .filter((one) => !isMended(one))
        .map(
          (one): FileCheck =>
            wasOpen && one.check === "modes" && one.status === "ok" ? { ...one, status: "mended" } : one
        ),
      ...mended.filter(({ status }) => status === "mended")
    ]
  })

/** The file that the options name. */
export const layer = (options: PathOptions): Layer.Layer<DatabaseFile, StorageError> =>
  Layer.effect(
    DatabaseFile,
    Effect.gen(function* () {
      const file = yield* databasePath(options)
      const settings = yield* Settings
      const configured = <A, E>(effect: Effect.Effect<A, E>) => Effect.provideService(effect, Settings, settings)
      return DatabaseFile.of({
        path: file,
        pathOf: (filename) => databasePath({ ...options, filename }),
        backUp: (to, { force = false } = {}) => configured(backUp(file, path.resolve(to), force)),
        restore: (from, by, { isDryRun = false } = {}) => configured(restore(file, path.resolve(from), by, isDryRun)),
        examine: configured(examine(file)),
        mend: (by) => configured(Effect.flatMap(examine(file), (checks) => mend(file, by, checks)))
      })
    })
  )
