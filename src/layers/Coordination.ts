import { randomUUID } from "node:crypto"
import { hostname } from "node:os"
import * as SqlClient from "@effect/sql/SqlClient"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { StorageBusy, type StorageError, StorageFailure } from "../domain/Errors.ts"
import type { Coordination } from "../services/Coordination.ts"
import * as ProjectsLayer from "./projects/Projects.ts"
import * as LeasesLayer from "./recovery/Leases.ts"
import * as RecoveryLayer from "./recovery/Recovery.ts"
import * as AnalyticsLayer from "./reports/Analytics.ts"
import * as CompletionsLayer from "./reports/Completions.ts"
import * as OverviewLayer from "./reports/Overview.ts"
import * as ClaimMemoryLayer from "./session/ClaimMemory.ts"
import * as SessionLayer from "./session/Session.ts"
import * as StepsLayer from "./steps/Steps.ts"
import * as ChangesLayer from "./store/Changes.ts"
import type { Store } from "./store/Store.ts"
import { databasePath } from "./store/sqlite/databasePath.ts"
import * as SqliteDatabase from "./store/sqlite/SqliteDatabase.ts"
import * as SqliteStore from "./store/sqlite/SqliteStore.ts"
import { walWatcher } from "./store/sqlite/walWatcher.ts"
import * as TransferLayer from "./transfer/Transfer.ts"

export type { Coordination }

export interface CoordinationOptions {
  /** Stands before every table name, such as "hq_", so that a host's own tables never collide. Default: none. */
  readonly tablePrefix?: string | undefined
}

/** The store of the engine that the client speaks. The one place that tells engines apart. */
const store = ({ tablePrefix = "" }: CoordinationOptions, ownsDatabase: boolean) =>
  Layer.unwrapEffect(
    Effect.map(SqlClient.SqlClient, (client) =>
      client.onDialectOrElse({
        sqlite: () => SqliteStore.layer(tablePrefix, ownsDatabase),
        orElse: (): Layer.Layer<Store, StorageError, SqlClient.SqlClient> =>
          Layer.fail(new StorageFailure({ reason: "hq keeps its tables in SQLite only" }))
      })
    )
  )

/** The session of this process. */
const session = Layer.suspend(() => SessionLayer.layer({ id: randomUUID(), host: hostname(), pid: process.pid }))

const services = (changes: ReturnType<typeof ChangesLayer.layer>) =>
  Layer.mergeAll(
    ProjectsLayer.layer,
    StepsLayer.layer,
    RecoveryLayer.layer,
    AnalyticsLayer.layer,
    OverviewLayer.layer,
    LeasesLayer.layer,
    CompletionsLayer.layer,
    TransferLayer.layer
  ).pipe(Layer.provideMerge(Layer.mergeAll(ClaimMemoryLayer.layer, session, changes)))

/**
 * Coordination in the host's own SQLite database: makes its tables there, and takes part in the host's transactions.
 * Takes its settings from the `Settings` reference. Fails with StorageBusy if the database stays locked for HQ_BUSY_TIMEOUT, and with
 * StorageFailure if it is not SQLite, is newer than this program or cannot be written. See docs/architecture.md, "Store".
 */
export const layer = (
  options: CoordinationOptions = {}
): Layer.Layer<Coordination, StorageError, SqlClient.SqlClient> =>
  services(ChangesLayer.layer()).pipe(Layer.provide(store(options, false)))

/** Names the file in an error of the start, because the one who reads it may have set another. */
const naming =
  (file: string) =>
  (error: StorageError): StorageError => {
    if (error._tag === "StorageBusy") return new StorageBusy({ waited_ms: error.waited_ms, file })
    if (error._tag !== "StorageFailure" || error.reason.includes(file)) return error
    return new StorageFailure({ reason: `cannot open ${file}: ${error.reason}` })
  }

/**
 * Coordination in a SQLite file of its own, as the hq server has it.
 * Fails with StorageBusy if the file stays locked for HQ_BUSY_TIMEOUT, and with StorageFailure, in one sentence, if it cannot be used:
 * then it was not touched.
 */
export const layerSqlite = (
  options: CoordinationOptions & SqliteDatabase.SqliteOptions
): Layer.Layer<Coordination, StorageError> =>
  Layer.unwrapEffect(
    Effect.map(databasePath(options), (filename) =>
      services(ChangesLayer.layer(walWatcher(filename))).pipe(
        Layer.provide(store(options, true)),
        Layer.provide(SqliteDatabase.layerFile(filename, options.synchronous)),
        Layer.mapError(naming(filename))
      )
    )
  )
