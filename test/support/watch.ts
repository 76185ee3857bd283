import * as SqlClient from "@effect/sql/SqlClient"
import { SqlError } from "@effect/sql/SqlError"
import * as SqliteClient from "@effect/sql-sqlite-node/SqliteClient"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Coordination from "../../src/layers/Coordination.ts"
import { tempDatabase } from "./temp.ts"

/** Coordination on a connection that the test holds too. */
export const shared = () =>
  Coordination.layer().pipe(Layer.provideMerge(SqliteClient.layer({ filename: tempDatabase() })))

const failing = (code: string) =>
  Effect.fail(new SqlError({ cause: Object.assign(new Error("of the test"), { code }), message: "of the test" }))

/**
 * From now on, the first words of the statements that hq's transactions run. `refuse` may give the code of an error for a statement,
 * which is then not run.
 */
export const watch = (refuse: (statement: string) => string | undefined = () => undefined) =>
  Effect.map(SqlClient.SqlClient, (client) => {
    const statements: Array<string> = []
    Object.assign(client, {
      reserve: Effect.map(client.reserve, (connection) => ({
        ...connection,
        execute: (...args: Parameters<typeof connection.execute>) =>
          Effect.suspend(() => {
            statements.push(args[0].trim().split(" ")[0] as string)
            const code = refuse(args[0])
            return code === undefined ? connection.execute(...args) : failing(code)
          })
      }))
    })
    return statements
  })
