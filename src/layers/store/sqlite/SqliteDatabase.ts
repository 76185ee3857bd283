import * as Reactivity from "@effect/experimental/Reactivity"
import * as SqlClient from "@effect/sql/SqlClient"
import type { Connection } from "@effect/sql/SqlConnection"
import { SqlError } from "@effect/sql/SqlError"
import * as SqliteClient from "@effect/sql-sqlite-node/SqliteClient"
import * as Context from "effect/Context"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Layer from "effect/Layer"
import * as Schedule from "effect/Schedule"
import * as Scope from "effect/Scope"
import { type StorageError, StorageFailure } from "../../../domain/Errors.ts"
import { Settings, type Synchronous } from "../../../services/Settings.ts"
import { untilNotBusy } from "../busyRetry.ts"
import { run, transact } from "../transaction.ts"
import { prepare, tighten } from "./databaseFile.ts"
import { databasePath, type PathOptions } from "./databasePath.ts"
import * as FileCheck from "./FileCheck.ts"
import { applicationId, latest, newerThanProgram } from "./Migrations.ts"
import { quickCheck } from "./quickCheck.ts"
import { driverFailure, errors } from "./sqliteErrors.ts"
import { versionFault } from "./sqliteVersion.ts"
import { transactions } from "./transactions.ts"

export interface SqliteOptions extends PathOptions {
  /** Durability of every commit. Default: FULL. */
  readonly synchronous?: Synchronous | undefined
}

/**
 * Milliseconds that the driver waits for a lock by itself, which blocks the event loop. Longer waits happen on the fiber. The driver's
 * attempts cost next to nothing; those of the fibers of dozens of processes would leave none of them time to work.
 */
const driverWaits = 50

/**
 * Bytes that the write-ahead log keeps on disk once it has been copied into the database. It grows beyond that for as long as
 * somebody reads an old snapshot.
 */
const maxIdleLog = 16 * 1024 * 1024

const pragma = <Value>(sql: SqlClient.SqlClient, text: string): Effect.Effect<Value, SqlError> =>
  Effect.map(sql.unsafe<Record<string, Value>>(`PRAGMA ${text}`).values, (rows) => rows[0]?.[0] as Value)

/** Refuses a file that is not hq's, or that a newer hq wrote, before anything is written. */
const inspect = (sql: SqlClient.SqlClient) =>
  Effect.gen(function* () {
    const version = yield* sql<{ v: string }>`SELECT sqlite_version() AS v`
    const fault = versionFault(version[0]?.v ?? "0")
    if (fault !== undefined) return yield* new StorageFailure({ reason: fault })
    // One statement, one snapshot: another process may be making the tables right now.
    const found = yield* sql<{ owner: number; format: number; tables: string }>`
      SELECT application_id AS owner, user_version AS format,
        (SELECT json_group_array(name) FROM sqlite_schema WHERE type = 'table') AS tables
      FROM pragma_application_id, pragma_user_version`
    const { format, owner, tables } = found[0] as (typeof found)[number]
    if (owner === applicationId) {
      if (format > latest) return yield* newerThanProgram(format)
      return
    }
    const names = new Set(JSON.parse(tables) as ReadonlyArray<string>)
    const isSeed = ["projects", "steps", "dependencies", "agent_events", "schema_migrations"].every((n) => names.has(n))
    if (owner !== 0 || (names.size > 0 && !isSeed)) {
      return yield* new StorageFailure({ reason: "it is a SQLite database, but not one of hq" })
    }
  })

const configure = (sql: SqlClient.SqlClient, synchronous: Synchronous) =>
  Effect.gen(function* () {
    const mode = yield* pragma<string>(sql, "journal_mode = WAL")
    if (mode !== "wal")
      return yield* new StorageFailure({ reason: `it cannot use a write-ahead log (it stays in ${mode} mode)` })
    yield* pragma(sql, "foreign_keys = ON")
    // Savepoints then keep their undo log in memory and not in a file: ten times as fast.
    yield* pragma(sql, "temp_store = MEMORY")
    yield* pragma(sql, `journal_size_limit = ${maxIdleLog}`)
    // After journal_mode, which resets it to NORMAL.
    yield* pragma(sql, `synchronous = ${synchronous}`)
    const level = yield* pragma<number>(sql, "synchronous")
    if (level !== (synchronous === "FULL" ? 2 : 1)) {
      return yield* new StorageFailure({ reason: `SQLite did not take synchronous = ${synchronous}` })
    }
  })

/**
 * The official client. hq has about two hundred statements, and keeps them all prepared. The client also remembers a failure to prepare
 * one for as long: so a statement is prepared anew now and then, and a fault of the disk heals. The constructor throws what the driver does.
 */
const makeClient = (filename: string) =>
  SqliteClient.make({
    filename,
    prepareCacheSize: 500,
    prepareCacheTTL: Duration.minutes(1),
    disableWAL: true
  }).pipe(
    Effect.catchAllDefect((cause) =>
      Effect.fail(driverFailure(cause) ?? new SqlError({ cause, message: "SQLite cannot open the file" }))
    )
  )

/** One attempt to open and set up the file. */
const connect = (file: string, synchronous: Synchronous) =>
  Effect.gen(function* () {
    const client = yield* makeClient(file)
    yield* pragma(client, `busy_timeout = ${driverWaits}`)
    yield* inspect(client)
    yield* quickCheck(client)
    yield* configure(client, synchronous)
    return client
  })

/** Connections to files that were lost. A closed one would write its log into the copy that somebody has put in the file's place. */
const abandoned = new Set<Scope.CloseableScope>()

/** Copies what is in the log into the database without waiting for anybody. */
const checkpoint = "PRAGMA wal_checkpoint(PASSIVE)"

/** Saves what was acknowledged, as soon as its log is found to be removed: nobody but this connection can still read it. */
const saveLog = (connection: Connection, { lost }: FileCheck.OpenedCheck) =>
  Effect.flatMap(lost, ({ isLogRemoved }) =>
    isLogRemoved
      ? // A transaction may be open for a moment.
        Effect.retry(run(connection, checkpoint), { schedule: Schedule.spaced("10 millis"), times: 100 })
      : Effect.void
  ).pipe(Effect.catchAllCause((cause) => Effect.logWarning("the write-ahead log could not be saved", cause)))

const open = (file: string, synchronous: Synchronous) =>
  Effect.gen(function* () {
    const { busyTimeout } = yield* Settings
    yield* prepare(file)
    const check = yield* FileCheck.make(file)
    // Each attempt has a client of its own: one that could not prepare a statement, because of a lock, remembers that for a minute.
    const attempt = Effect.flatMap(Scope.make(), (scope) =>
      Scope.extend(connect(file, synchronous), scope).pipe(
        Effect.map((client) => ({ client, scope })),
        Effect.onError((cause) => Scope.close(scope, Exit.failCause(cause)))
      )
    )
    const { client, scope } = yield* untilNotBusy(errors, busyTimeout)(attempt)
    const connection = yield* Effect.orDie(Effect.scoped(client.reserve))
    yield* Effect.addFinalizer((exit) =>
      Effect.suspend(() => {
        const loss = check.loss()
        const save = Effect.ignore(run(connection, checkpoint))
        // The last process to close does the rest.
        if (loss === undefined) return Effect.zipRight(save, Scope.close(scope, exit))
        abandoned.add(scope)
        return loss.isLogRemoved ? save : Effect.void
      })
    )
    yield* Effect.forkScoped(saveLog(connection, check))
    // Not earlier, because a file that is not hq's must stay as it is.
    yield* tighten(file)
    const sql = Object.assign(client, {
      // The client's own would begin with a read lock: a write after another process's write would then fail at once.
      withTransaction: <A, E, R>(body: Effect.Effect<A, E, R>) =>
        transact(client, transactions, transactions.writing)(() => body)
    })
    return Context.make(SqlClient.SqlClient, sql).pipe(Context.add(FileCheck.FileCheck, check))
  }).pipe(
    Effect.catchTag("StorageFailure", (error) => new StorageFailure({ reason: `cannot open ${file}: ${error.reason}` }))
  )

/**
 * SqlClient on a SQLite file of hq's own: write-ahead log, foreign keys, durable commits, transactions that begin IMMEDIATE; and the check
 * of that file.
 *
 * @param file absolute path, in which nothing expands any more
 */
export const layerFile = (
  file: string,
  synchronous: Synchronous = "FULL"
): Layer.Layer<SqlClient.SqlClient | FileCheck.FileCheck, StorageError> =>
  Layer.scopedContext(open(file, synchronous)).pipe(Layer.provide(Reactivity.layer))

/** The same on the file that the options name. */
export const layer = ({
  synchronous,
  ...options
}: SqliteOptions): Layer.Layer<SqlClient.SqlClient | FileCheck.FileCheck, StorageError> =>
  Layer.unwrapEffect(Effect.map(databasePath(options), (file) => layerFile(file, synchronous)))
