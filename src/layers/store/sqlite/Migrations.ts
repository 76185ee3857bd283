import * as Migrator from "@effect/sql/Migrator"
import * as SqlClient from "@effect/sql/SqlClient"
import { SqlError } from "@effect/sql/SqlError"
import * as Effect from "effect/Effect"
import { StorageFailure } from "../../../domain/Errors.ts"
import { Settings } from "../../../services/Settings.ts"
import { untilNotBusy } from "../busyRetry.ts"
import type { Parameter } from "../Query.ts"
import type { Tables } from "../Tables.ts"
import { transact } from "../transaction.ts"
import { initial } from "./migrations/0001_initial.ts"
import { plans } from "./migrations/0002_plans.ts"
import { edits } from "./migrations/0003_edits.ts"
import { sessions } from "./migrations/0004_sessions.ts"
import { names } from "./migrations/0005_names.ts"
import { descriptions } from "./migrations/0006_descriptions.ts"
import { estimates } from "./migrations/0007_estimates.ts"
import { unblocking } from "./migrations/0008_unblocking.ts"
import { writers } from "./migrations/0009_writers.ts"
import { moveOver, setAside } from "./migrations/adoptSeed.ts"
import { writeTails } from "./migrations/writeTails.ts"
import { errors } from "./sqliteErrors.ts"
import { transactions } from "./transactions.ts"

/** The latest migration that this program knows; also the user_version of hq's own file. */
export const latest = 9

/** Marks a SQLite file as hq's: "hqfx" in ASCII. */
export const applicationId = 0x68716678

export const newerThanProgram = (version: number) =>
  new StorageFailure({
    reason: `the database was written by a newer hq (format ${version}, this program knows ${latest}): update this program`
  })

const runAll = (statements: ReadonlyArray<string>) =>
  Effect.flatMap(SqlClient.SqlClient, (sql) =>
    Effect.forEach(statements, (statement) => sql.unsafe(statement), { discard: true })
  )

const hasTable = (name: string) =>
  Effect.flatMap(SqlClient.SqlClient, (sql) =>
    Effect.map(
      sql<object>`SELECT 1 FROM sqlite_schema WHERE type = 'table' AND name = ${name}`.withoutTransform,
      (rows) => rows.length > 0
    )
  )

/** Only the original hq has this pair of tables. A host's tables are never taken for them: only hq's own file is adopted. */
const isSeed = Effect.zipWith(hasTable("schema_migrations"), hasTable("agent_events"), (a, b) => a && b)

/** The host's own tables that have the names of hq's. */
const takenNames = (tables: Tables) =>
  Effect.filter(
    Object.entries(tables).flatMap(([key, name]) => (key === "prefix" || key === "migrations" ? [] : [String(name)])),
    hasTable
  )

/** Writes the tails of every project. @param weight SQL of the minutes of a step without an estimate */
const writeAllTails = (tables: Tables, weight: string) =>
  Effect.gen(function* () {
    const sql = yield* SqlClient.SqlClient
    const tx = {
      all: <Row>(...[statement, parameters]: [string, ReadonlyArray<Parameter>]) =>
        sql.unsafe<Row & object>(statement, parameters)
    }
    const write = writeTails(tables)
    const projects = yield* tx.all<{ id: number; weight: number }>(
      `SELECT id, ${weight} AS weight FROM ${tables.projects}`,
      []
    )
    yield* Effect.forEach(projects, ({ id, weight }) => write(tx, id, weight), { discard: true })
  })

const migrations = (tables: Tables, ownsDatabase: boolean) =>
  Migrator.fromRecord({
    "0001_initial": Effect.gen(function* () {
      const adopt = ownsDatabase && (yield* isSeed)
      const before = adopt
        ? yield* Effect.filter(setAside, (step) =>
            step.table === "failed_steps_history" ? hasTable(step.table) : Effect.succeed(true)
          )
        : []
      yield* runAll([
        ...before.map((step) => step.statement),
        ...initial(tables),
        ...(adopt
          ? moveOver(
              tables,
              before.map((step) => step.table)
            )
          : [])
      ])
    }),
    "0002_plans": Effect.gen(function* () {
      yield* runAll(plans(tables))
      yield* writeAllTails(tables, "1")
    }),
    "0003_edits": runAll(edits(tables)),
    "0004_sessions": runAll(sessions(tables)),
    "0005_names": runAll(names(tables)),
    "0006_descriptions": runAll(descriptions(tables)),
    "0007_estimates": Effect.gen(function* () {
      yield* runAll(estimates(tables))
      yield* writeAllTails(tables, "default_minutes")
    }),
    "0008_unblocking": runAll(unblocking(tables)),
    "0009_writers": runAll(writers(tables))
  })

const appliedVersion = (tables: Tables) =>
  Effect.gen(function* () {
    const sql = yield* SqlClient.SqlClient
    if (!(yield* hasTable(tables.migrations))) return 0
    const rows = yield* sql<{
      version: number | null
    }>`SELECT max(migration_id) AS version FROM ${sql(tables.migrations)}`.withoutTransform
    return rows[0]?.version ?? 0
  })

/**
 * Migrates the tables to this program's format, in one transaction that holds the write lock from the start. Of many processes that start
 * together, one migrates, and the others wait and find it done. A newer database is refused untouched.
 *
 * @param ownsDatabase the file is hq's alone: it is marked as such, and the tables of the original hq in it are taken over
 */
export const migrate = (tables: Tables, ownsDatabase: boolean) =>
  Effect.gen(function* () {
    const client = yield* SqlClient.SqlClient
    const { busyTimeout } = yield* Settings
    const applied = yield* untilNotBusy(errors, busyTimeout)(appliedVersion(tables))
    if (applied > latest) return yield* newerThanProgram(applied)
    if (applied === latest) return
    yield* transact(
      client,
      transactions,
      transactions.writing
    )(() =>
      Effect.gen(function* () {
        // Another process may have migrated during the wait for the lock.
        if ((yield* appliedVersion(tables)) === latest) return
        if (!ownsDatabase && (yield* appliedVersion(tables)) === 0) {
          const taken = yield* takenNames(tables)
          if (taken.length > 0) {
            return yield* new StorageFailure({
              reason: `the database has other tables named ${taken.join(", ")}: give hq's tables a prefix (tablePrefix)`
            })
          }
        }
        yield* Migrator.make({})({ loader: migrations(tables, ownsDatabase), table: tables.migrations }).pipe(
          // The migrator turns every failed statement into a defect, even on a full disk.
          Effect.catchAllDefect((defect) =>
            defect instanceof Migrator.MigrationError && defect.cause instanceof SqlError
              ? Effect.fail(defect.cause)
              : Effect.die(defect)
          )
        )
        // The migrator takes some failures for another process at work, and succeeds without having done anything.
        const version = yield* appliedVersion(tables)
        if (version > latest) return yield* newerThanProgram(version)
        if (version < latest) return yield* new StorageFailure({ reason: "the tables of hq could not be made" })
        if (ownsDatabase) yield* runAll([`PRAGMA application_id = ${applicationId}`, `PRAGMA user_version = ${latest}`])
      })
    ).pipe(
      untilNotBusy(errors, busyTimeout),
      Effect.catchTag("MigrationError", (error) => Effect.die(error))
    )
  })
