import * as SqlClient from "@effect/sql/SqlClient"
import type { Connection } from "@effect/sql/SqlConnection"
import { SqlError } from "@effect/sql/SqlError"
import * as Context from "effect/Context"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Schedule from "effect/Schedule"
import { StorageBusy, type StorageError } from "../../domain/Errors.ts"
import { Settings } from "../../services/Settings.ts"
import { isBusy, storageFailure } from "./sqlErrors.ts"
import type { Tables } from "./Tables.ts"

export type Parameter = string | number | null

/** Statements of one transaction. */
export interface Transaction {
  readonly all: <Row>(
    statement: string,
    parameters: ReadonlyArray<Parameter>
  ) => Effect.Effect<ReadonlyArray<Row>, SqlError>
  /** The first row, if there is one. */
  readonly first: <Row>(
    statement: string,
    parameters: ReadonlyArray<Parameter>
  ) => Effect.Effect<Row | undefined, SqlError>
}

type Run = <A, E, R>(
  body: (tx: Transaction) => Effect.Effect<A, E, R>
) => Effect.Effect<A, Exclude<E, SqlError> | StorageError, R>

/**
 * hq's tables in the database that SqlClient speaks to.
 *
 * A body may run more than once, until it gets through between other processes' writes: it must do nothing but run statements.
 * Within a host's own transaction the body takes part in that.
 */
export class Database extends Context.Tag("hq/Database")<
  Database,
  {
    readonly tables: Tables
    /** Runs the body on one snapshot of the database. */
    readonly read: Run
    /** Runs the body in one transaction that holds the write lock from the start; durable when it returns. */
    readonly write: Run
  }
>() {}

const transactionOn = (connection: Connection): Transaction => ({
  all: (statement, parameters) => connection.execute(statement, parameters, undefined),
  first: (statement, parameters) => Effect.map(connection.execute(statement, parameters, undefined), (rows) => rows[0])
})

/** Runs a body between BEGIN and COMMIT on the client's connection, or as a savepoint of the transaction it is called in. */
export const transact =
  (client: SqlClient.SqlClient, begin: "BEGIN" | "BEGIN IMMEDIATE") =>
  <A, E, R>(body: (connection: Connection) => Effect.Effect<A, E, R>): Effect.Effect<A, E | SqlError, R> =>
    Effect.uninterruptibleMask((restore) =>
      Effect.flatMap(Effect.serviceOption(SqlClient.TransactionConnection), (outer) => {
        const depth = Option.match(outer, { onNone: () => 0, onSome: ([, depth]) => depth + 1 })
        const reserve = Option.match(outer, { onNone: () => client.reserve, onSome: ([conn]) => Effect.succeed(conn) })
        const [start, commit, rollback] =
          depth === 0
            ? [begin, "COMMIT", "ROLLBACK"]
            : [`SAVEPOINT hq_${depth}`, `RELEASE hq_${depth}`, `ROLLBACK TO hq_${depth}`]
        return Effect.scoped(
          Effect.flatMap(restore(reserve), (connection) => {
            // SQLite ends some failed transactions by itself: then there is nothing left to roll back.
            const undo = Effect.ignore(connection.execute(rollback, [], undefined))
            return Effect.zipRight(
              connection.execute(start, [], undefined),
              restore(
                Effect.provideService(body(connection), SqlClient.TransactionConnection, [connection, depth])
              ).pipe(
                Effect.tap(() => connection.execute(commit, [], undefined)),
                Effect.onError(() => undo)
              )
            )
          })
        )
      })
    )

/** Waits, on the fiber and not in the driver, until the transaction gets through. */
export const untilNotBusy =
  (busyTimeout: Duration.Duration) =>
  <A, E, R>(self: Effect.Effect<A, E, R>): Effect.Effect<A, Exclude<E, SqlError> | StorageError, R> =>
    self.pipe(
      Effect.retry({
        while: (error) => error instanceof SqlError && isBusy(error),
        schedule: Schedule.exponential("2 millis").pipe(
          Schedule.union(Schedule.spaced("20 millis")),
          Schedule.jitteredWith({ min: 0.2, max: 1.8 }),
          Schedule.upTo(busyTimeout)
        )
      }),
      Effect.catchAll((error): Effect.Effect<never, Exclude<E, SqlError> | StorageError> => {
        if (!(error instanceof SqlError)) return Effect.fail(error as Exclude<E, SqlError>)
        if (isBusy(error)) return new StorageBusy({ waited_ms: Duration.toMillis(busyTimeout) })
        const failure = storageFailure(error)
        return failure === undefined ? Effect.die(error) : Effect.fail(failure)
      })
    )

/** @param tables names of hq's tables, which must be there */
export const make = (tables: Tables) =>
  Effect.gen(function* () {
    const client = yield* SqlClient.SqlClient
    const { busyTimeout } = yield* Settings
    const run =
      (begin: "BEGIN" | "BEGIN IMMEDIATE"): Run =>
      (body) =>
        untilNotBusy(busyTimeout)(transact(client, begin)((connection) => body(transactionOn(connection))))
    return Database.of({ tables, read: run("BEGIN"), write: run("BEGIN IMMEDIATE") })
  })
