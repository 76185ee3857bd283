import * as SqlClient from "@effect/sql/SqlClient"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { type StorageError, StorageFailure } from "../domain/Errors.ts"
import type { Coordination } from "../services/Coordination.ts"
import * as ProjectsLayer from "./projects/Projects.ts"
import * as LeasesLayer from "./recovery/Leases.ts"
import * as RecoveryLayer from "./recovery/Recovery.ts"
import * as AnalyticsLayer from "./reports/Analytics.ts"
import * as CompletionsLayer from "./reports/Completions.ts"
import * as ClaimMemoryLayer from "./session/ClaimMemory.ts"
import * as StepsLayer from "./steps/Steps.ts"
import * as ChangesLayer from "./store/Changes.ts"
import { Database, make } from "./store/Store.ts"
import { resolvePath } from "./store/sqlite/databaseFile.ts"
import { migrate } from "./store/sqlite/Migrations.ts"
import * as SqliteDatabase from "./store/sqlite/SqliteDatabase.ts"
import { touched } from "./store/sqlite/walWatcher.ts"
import { tables } from "./store/Tables.ts"

export type { Coordination }

export interface CoordinationOptions {
  /** Put before every table name, such as "hq_", so that a host's own tables never collide; none by default. */
  readonly tablePrefix?: string | undefined
}

const database = (options: CoordinationOptions, ownsFile: boolean) =>
  Layer.scoped(
    Database,
    Effect.gen(function* () {
      const client = yield* SqlClient.SqlClient
      const isSqlite = client.onDialectOrElse({ sqlite: () => true, orElse: () => false })
      if (!isSqlite) return yield* new StorageFailure({ reason: "hq keeps its tables in SQLite only" })
      const names = tables(options.tablePrefix ?? "")
      yield* migrate(names, ownsFile)
      return yield* make(names, ownsFile)
    })
  )

const services = (changes: ReturnType<typeof ChangesLayer.layer>) =>
  Layer.mergeAll(
    ProjectsLayer.layer,
    StepsLayer.layer,
    RecoveryLayer.layer,
    AnalyticsLayer.layer,
    LeasesLayer.layer,
    CompletionsLayer.layer
  ).pipe(Layer.provideMerge(Layer.merge(ClaimMemoryLayer.layer, changes)))

/**
 * Coordination in the host's own SQLite database: makes its tables there, and takes part in the host's transactions.
 * Settings are those of the `Settings` reference. Fails where the database is locked too long, or newer than this program.
 */
export const layer = (
  options: CoordinationOptions = {}
): Layer.Layer<Coordination, StorageError, SqlClient.SqlClient> =>
  services(ChangesLayer.layer()).pipe(Layer.provide(database(options, false)))

/**
 * Coordination in a SQLite file of its own, as the hq server has it.
 * Fails with one sentence where the file cannot be used: then it was not touched.
 */
export const layerSqlite = (
  options: CoordinationOptions & SqliteDatabase.SqliteOptions
): Layer.Layer<Coordination, StorageError> =>
  services(ChangesLayer.layer(touched(resolvePath(options.filename)))).pipe(
    Layer.provide(database(options, true)),
    Layer.provide(SqliteDatabase.layer(options))
  )
