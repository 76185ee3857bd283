import * as SqlClient from "@effect/sql/SqlClient"
import type { Connection } from "@effect/sql/SqlConnection"
import type { SqlError } from "@effect/sql/SqlError"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Option from "effect/Option"
import * as Scope from "effect/Scope"
import type { StorageFailure } from "../../domain/Errors.ts"
import type { Brackets, Engine } from "./Engine.ts"
import * as FifoLock from "./FifoLock.ts"
import type { Restore } from "./Restore.ts"

export type Body<A, E, R = never> = (connection: Connection) => Effect.Effect<A, E, R>

/** A connection that nobody else uses until it is released. */
export interface ReservedConnection {
  readonly connection: Connection
  readonly release: Effect.Effect<unknown>
}

/** Waits for the connection. @param restore makes the wait interruptible; its caller must not be */
export type Reserve = (restore: Restore) => Effect.Effect<ReservedConnection, SqlError>

/** Reserves the connection of a client that others use as well. */
export const shared =
  (client: SqlClient.SqlClient): Reserve =>
  (restore) =>
    Effect.flatMap(Scope.make(), (scope) =>
      restore(Scope.extend(client.reserve, scope)).pipe(
        Effect.map((connection) => ({ connection, release: Scope.close(scope, Exit.void) })),
        Effect.onError((cause) => Scope.close(scope, Exit.failCause(cause)))
      )
    )

/** Reserves a connection that is hq's alone. */
export const own = (connection: Connection): Reserve => {
  const lock = FifoLock.make()
  const reserved = { connection, release: lock.release }
  return (restore) => Effect.as(lock.acquire(restore), reserved)
}

export const run = (connection: Connection, statement: string) => connection.execute(statement, [], undefined)

/** Fails with what a check has found, if anything. */
export const refuse = (found: StorageFailure | undefined): Effect.Effect<void, StorageFailure> => found ?? Effect.void

/** Runs a body between statements that begin, and keep or take back what it does. */
const between = <A, E, R>(
  connection: Connection,
  { begin, keep, undo }: Brackets,
  body: Effect.Effect<A, E, R>
): Effect.Effect<A, E | SqlError, R> =>
  Effect.zipRight(
    run(connection, begin),
    Effect.zipLeft(body, run(connection, keep)).pipe(
      // An engine may end a failed transaction by itself: then there is nothing left to roll back.
      Effect.onError(() => Effect.ignore(run(connection, undo)))
    )
  )

/** Runs a body in a transaction of its own. */
export const alone =
  (reserve: Reserve, brackets: Brackets) =>
  <A, E, R>(body: Body<A, E, R>): Effect.Effect<A, E | SqlError, R> =>
    Effect.uninterruptibleMask((restore) =>
      Effect.flatMap(reserve(restore), ({ connection, release }) =>
        Effect.ensuring(between(connection, brackets, restore(Effect.suspend(() => body(connection)))), release)
      )
    )

const joined = new WeakMap<Connection, FifoLock.FifoLock>()

/**
 * Runs what takes part in a host's transaction, one after the other, whichever of the host's fibers it comes from: at the same time
 * they would end each other's savepoints. Nothing in it may take part in that way itself.
 */
export const oneByOne = (connection: Connection): Restore => {
  const lock = joined.get(connection) ?? FifoLock.make()
  joined.set(connection, lock)
  return FifoLock.withLock(lock)
}

/** Runs a body in a transaction on the client's connection, or as a savepoint of the one that it is called in. */
export const transact =
  (client: SqlClient.SqlClient, { savepoint }: Pick<Engine, "savepoint">, brackets: Brackets) =>
  <A, E, R>(body: Body<A, E, R>): Effect.Effect<A, E | SqlError, R> => {
    const within = (connection: Connection, depth: number) =>
      Effect.provideService(
        Effect.suspend(() => body(connection)),
        SqlClient.TransactionConnection,
        [connection, depth]
      )
    return Effect.flatMap(
      Effect.serviceOption(SqlClient.TransactionConnection),
      Option.match({
        onNone: () => alone(shared(client), brackets)((connection) => within(connection, 0)),
        onSome: ([connection, outer]) =>
          Effect.uninterruptibleMask((restore) =>
            between(connection, savepoint(`hq_${outer + 1}`), restore(within(connection, outer + 1)))
          )
      })
    )
  }
