import * as SqlClient from "@effect/sql/SqlClient"
import type { Connection } from "@effect/sql/SqlConnection"
import type { SqlError } from "@effect/sql/SqlError"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Option from "effect/Option"
import * as Scope from "effect/Scope"
import * as Turns from "./FifoLock.ts"

export type Restore = <A, E, R>(self: Effect.Effect<A, E, R>) => Effect.Effect<A, E, R>

export type Body<A, E, R = never> = (connection: Connection) => Effect.Effect<A, E, R>

/** A connection that nobody else uses until it is released. */
export interface Held {
  readonly connection: Connection
  readonly release: Effect.Effect<void>
}

/** Waits for the connection. @param restore makes the wait interruptible; what is around it must not be */
export type Access = (restore: Restore) => Effect.Effect<Held, SqlError>

/** To the connection of a client that others use as well. */
export const shared =
  (client: SqlClient.SqlClient): Access =>
  (restore) =>
    Effect.flatMap(Scope.make(), (scope) =>
      restore(Scope.extend(client.reserve, scope)).pipe(
        Effect.map((connection) => ({ connection, release: Scope.close(scope, Exit.void) })),
        Effect.onError((cause) => Scope.close(scope, Exit.failCause(cause)))
      )
    )

/** To a connection that is hq's alone. */
export const own = (connection: Connection): Access => {
  const turns = Turns.make()
  const held = { connection, release: turns.pass }
  return (restore) => Effect.as(turns.take(restore), held)
}

export const run = (connection: Connection, statement: string) => connection.execute(statement, [], undefined)

/** Runs a body between statements that begin, and keep or take back what it does. */
const between = <A, E, R>(
  connection: Connection,
  [start, keep, undo]: readonly [start: string, keep: string, undo: string],
  body: Effect.Effect<A, E, R>
): Effect.Effect<A, E | SqlError, R> =>
  Effect.zipRight(
    run(connection, start),
    Effect.zipLeft(body, run(connection, keep)).pipe(
      // SQLite ends some failed transactions by itself: then there is nothing left to roll back.
      Effect.onError(() => Effect.ignore(run(connection, undo)))
    )
  )

export type Begin = "BEGIN" | "BEGIN IMMEDIATE"

/** Runs a body in a transaction of its own. */
export const alone =
  (access: Access, begin: Begin) =>
  <A, E, R>(body: Body<A, E, R>): Effect.Effect<A, E | SqlError, R> =>
    Effect.uninterruptibleMask((restore) =>
      Effect.flatMap(access(restore), ({ connection, release }) =>
        Effect.ensuring(
          between(connection, [begin, "COMMIT", "ROLLBACK"], restore(Effect.suspend(() => body(connection)))),
          release
        )
      )
    )

const joined = new WeakMap<Connection, Turns.Turns>()

/**
 * Runs what takes part in a transaction of the connection, one after the other, whichever of the host's fibers it comes from: at the same
 * time they would end each other's savepoints. Nothing in it may take part in that way itself.
 */
export const oneByOne = (connection: Connection): Restore => {
  const turns = joined.get(connection) ?? Turns.make()
  joined.set(connection, turns)
  return Turns.inTurn(turns)
}

/** Runs a body in a transaction on the client's connection, or as a savepoint of the one that it is called in. */
export const transact =
  (client: SqlClient.SqlClient, begin: Begin) =>
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
        onNone: () => alone(shared(client), begin)((connection) => within(connection, 0)),
        onSome: ([connection, outer]) => {
          const savepoint = `hq_${outer + 1}`
          const statements = [`SAVEPOINT ${savepoint}`, `RELEASE ${savepoint}`, `ROLLBACK TO ${savepoint}`] as const
          return Effect.uninterruptibleMask((restore) =>
            between(connection, statements, restore(within(connection, outer + 1)))
          )
        }
      })
    )
  }
