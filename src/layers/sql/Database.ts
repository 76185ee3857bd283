import * as SqlClient from "@effect/sql/SqlClient"
import type { Connection } from "@effect/sql/SqlConnection"
import { SqlError } from "@effect/sql/SqlError"
import * as Clock from "effect/Clock"
import * as Context from "effect/Context"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Schedule from "effect/Schedule"
import { StorageBusy, type StorageError } from "../../domain/Errors.ts"
import { Settings } from "../../services/Settings.ts"
import { isBusy, storageFailure } from "./sqlErrors.ts"
import type { Tables } from "./Tables.ts"
import * as Turns from "./Turns.ts"

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

/** Pauses between tries for a lock: short at first, then about 20 ms, never in step with another process's. */
const pauses = Schedule.exponential("2 millis").pipe(
  Schedule.union(Schedule.spaced("20 millis")),
  Schedule.jitteredWith({ min: 0.2, max: 1.8 })
)

/** Tries, on the fiber and not in the driver, until no other process's lock is in the way, or the time since `since` is over. */
const retryBusy = <A, E, R>(
  self: Effect.Effect<A, E, R>,
  since: bigint,
  busyTimeout: Duration.Duration
): Effect.Effect<A, Exclude<E, SqlError> | StorageError, R> => {
  // In nanoseconds of the steady clock: the wall clock may be set while somebody waits.
  const waited = Effect.map(Clock.currentTimeNanos, (now) => Math.round(Number(now - since) / 1e6))
  return self.pipe(
    Effect.retry({
      while: (error) =>
        error instanceof SqlError && isBusy(error)
          ? Effect.map(waited, (millis) => millis < Duration.toMillis(busyTimeout))
          : Effect.succeed(false),
      schedule: pauses
    }),
    Effect.catchAll((error): Effect.Effect<never, Exclude<E, SqlError> | StorageError> => {
      if (!(error instanceof SqlError)) return Effect.fail(error as Exclude<E, SqlError>)
      if (isBusy(error)) return Effect.flatMap(waited, (waited_ms) => new StorageBusy({ waited_ms }))
      const failure = storageFailure(error)
      return failure === undefined ? Effect.die(error) : Effect.fail(failure)
    })
  )
}

/** Waits for other processes' locks for as long as the time-out says. */
export const untilNotBusy =
  (busyTimeout: Duration.Duration) =>
  <A, E, R>(self: Effect.Effect<A, E, R>): Effect.Effect<A, Exclude<E, SqlError> | StorageError, R> =>
    Effect.flatMap(Clock.currentTimeNanos, (since) => retryBusy(self, since, busyTimeout))

/** @param tables names of hq's tables, which must be there */
export const make = (tables: Tables) =>
  Effect.gen(function* () {
    const client = yield* SqlClient.SqlClient
    const { busyTimeout } = yield* Settings
    const inTurn = Turns.make()
    const read: Run = (body) =>
      untilNotBusy(busyTimeout)(transact(client, "BEGIN")((connection) => body(transactionOn(connection))))

    const write: Run = (body) => {
      const work = transact(client, "BEGIN IMMEDIATE")((connection) => body(transactionOn(connection)))
      // A host's transaction has the lock already, or will not get it by waiting.
      const joined = untilNotBusy(Duration.zero)(work)
      // Only one writer of this process asks for the lock; if all did, they would keep the event loop busy with asking.
      const alone = Effect.flatMap(Clock.currentTimeNanos, (since) => inTurn(retryBusy(work, since, busyTimeout)))
      return Effect.flatMap(Effect.serviceOption(SqlClient.TransactionConnection), (outer) =>
        Option.isSome(outer) ? joined : alone
      )
    }

    return Database.of({ tables, read, write })
  })
