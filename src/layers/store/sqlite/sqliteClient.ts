import type * as Reactivity from "@effect/experimental/Reactivity"
import * as SqlClient from "@effect/sql/SqlClient"
import type { Connection } from "@effect/sql/SqlConnection"
import { SqlError } from "@effect/sql/SqlError"
import * as Statement from "@effect/sql/Statement"
import Sqlite from "better-sqlite3"
import * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"
import * as Stream from "effect/Stream"
import * as Turns from "../FifoLock.ts"

/** Statements kept ready at most; hq has about a hundred. */
const keptStatements = 500

const failed = (cause: unknown) => Effect.fail(new SqlError({ cause, message: "SQLite refused a statement" }))

const connectionOn = (db: Sqlite.Database): Connection => {
  const prepared = new Map<string, Sqlite.Statement>()
  const prepare = (sql: string): Sqlite.Statement => {
    const known = prepared.get(sql)
    if (known !== undefined) return known
    const statement = db.prepare(sql)
    if (prepared.size >= keptStatements) prepared.clear()
    prepared.set(sql, statement)
    return statement
  }
  /** Reads rows as objects, or as arrays of values. */
  const rows = (sql: string, parameters: ReadonlyArray<unknown>, isRaw: boolean) =>
    Effect.suspend(() => {
      try {
        const statement = prepare(sql)
        if (statement.reader) return Effect.succeed(statement.raw(isRaw).all(...parameters) as Array<never>)
        statement.run(...parameters)
        return Effect.succeed([])
      } catch (cause) {
        return failed(cause)
      }
    })
  const execute: Connection["execute"] = (sql, parameters, transform) =>
    transform === undefined ? rows(sql, parameters, false) : Effect.map(rows(sql, parameters, false), transform)
  return {
    execute,
    executeUnprepared: execute,
    executeValues: (sql, parameters) => rows(sql, parameters, true),
    executeRaw: (sql, parameters) => rows(sql, parameters, false),
    executeStream: () => Stream.dieMessage("rows are read at once: hq reads them by pages")
  }
}

/**
 * SqlClient on one connection of better-sqlite3. That of @effect/sql-sqlite-node takes longer to find a prepared statement than SQLite takes to
 * run it: with it a claim costs half as much again.
 */
export const make = (
  filename: string
): Effect.Effect<SqlClient.SqlClient, SqlError, Scope.Scope | Reactivity.Reactivity> =>
  Effect.gen(function* () {
    const db = yield* Effect.acquireRelease(
      Effect.suspend(() => {
        try {
          return Effect.succeed(new Sqlite(filename))
        } catch (cause) {
          return failed(cause)
        }
      }),
      (db) => Effect.sync(() => db.close())
    )
    const connection = connectionOn(db)
    const turns = Turns.make()
    return yield* SqlClient.make({
      acquirer: Turns.inTurn(turns)(Effect.succeed(connection)),
      transactionAcquirer: Effect.uninterruptibleMask((restore) =>
        Effect.as(
          Effect.acquireRelease(turns.take(restore), () => turns.pass),
          connection
        )
      ),
      compiler: Statement.makeCompilerSqlite(),
      spanAttributes: [["db.system.name", "sqlite"]]
    })
  })
