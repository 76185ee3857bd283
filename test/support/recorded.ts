import * as SqlClient from "@effect/sql/SqlClient"
import type { Connection } from "@effect/sql/SqlConnection"
import * as SqliteClient from "@effect/sql-sqlite-node/SqliteClient"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Coordination from "../../src/layers/Coordination.ts"
import { tempDatabase } from "./temp.ts"

export interface Statement {
  readonly text: string
  readonly parameters: ReadonlyArray<unknown>
  /** How many it gave. */
  rows: number
}

/** Statements that hq ran, other than those that begin and end transactions. */
export class Recorded extends Context.Tag("test/Recorded")<Recorded, Array<Statement>>() {}

const recording = (connection: Connection, statements: Array<Statement>): Connection => ({
  ...connection,
  execute: (text, parameters, transform) => {
    if (!/^\s*(WITH|SELECT|INSERT|UPDATE|DELETE)\b/.test(text)) return connection.execute(text, parameters, transform)
    const statement: Statement = { text, parameters, rows: 0 }
    statements.push(statement)
    return Effect.tap(connection.execute(text, parameters, transform), (rows) => {
      statement.rows = rows.length
    })
  }
})

/** Coordination in the database of a host that writes down what hq runs on it. */
export const layer: Layer.Layer<Coordination.Coordination | SqlClient.SqlClient | Recorded, unknown> =
  Coordination.layer().pipe(
    Layer.provideMerge(
      Layer.effect(
        SqlClient.SqlClient,
        Effect.gen(function* () {
          const client = yield* SqlClient.SqlClient
          const statements = yield* Recorded
          return Object.assign(client, {
            reserve: Effect.map(client.reserve, (connection) => recording(connection, statements))
          })
        })
      )
    ),
    Layer.provide(Layer.suspend(() => SqliteClient.layer({ filename: tempDatabase() }))),
    Layer.provideMerge(Layer.sync(Recorded, () => []))
  )

/** What the effect ran. */
export const statementsOf = <A, E, R>(self: Effect.Effect<A, E, R>) =>
  Effect.gen(function* () {
    const statements = yield* Recorded
    statements.length = 0
    yield* self
    return [...statements]
  })

/** The lines of SQLite's plan for a statement, except what it does to rows that it has already found: see `isAboutFoundRows`. */
export const planOf = ({ parameters, text }: Statement) =>
  Effect.flatMap(SqlClient.SqlClient, (sql) =>
    Effect.map(sql.unsafe<PlanRow>(`EXPLAIN QUERY PLAN ${text}`, parameters), (plan) =>
      plan.filter((row) => !isAboutFoundRows(plan, row)).map(({ detail }) => detail)
    )
  )

interface PlanRow {
  readonly id: number
  readonly parent: number
  readonly detail: string
}

/**
 * Reading what a subquery gave is no scan of a table, and below a correlated subquery it is what belongs to one row that is
 * sorted, such as the dependencies of a step: neither grows with the list.
 */
const isAboutFoundRows = (plan: ReadonlyArray<PlanRow>, row: PlanRow): boolean => {
  const isPerRow = (of: PlanRow | undefined): boolean =>
    of !== undefined && (of.detail.startsWith("CORRELATED") || isPerRow(plan.find(({ id }) => id === of.parent)))
  if (row.detail.includes("TEMP B-TREE")) return isPerRow(row)
  const [scan, name] = row.detail.split(" ")
  return scan === "SCAN" && plan.some(({ detail }) => [`CO-ROUTINE ${name}`, `MATERIALIZE ${name}`].includes(detail))
}
