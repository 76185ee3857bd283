import * as SqlClient from "@effect/sql/SqlClient"
import { assert } from "@effect/vitest"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"

/* What tests see and do behind the services' back, as a person at the database's shell would. */

/** What the names of hq's tables begin with in the database of the test. */
export class TablePrefix extends Context.Reference<TablePrefix>()("test/TablePrefix", {
  defaultValue: (): string => ""
}) {}

/** Runs SQL. `$steps` stands for hq's table "steps" by the name that it has there, and so for every table. */
export const rows = <Row extends object>(
  statement: string,
  values: ReadonlyArray<unknown> = []
): Effect.Effect<ReadonlyArray<Row>, unknown, SqlClient.SqlClient> =>
  Effect.gen(function* () {
    const prefix = yield* TablePrefix
    const sql = yield* SqlClient.SqlClient
    return yield* sql.unsafe<Row>(
      statement.replace(/\$([a-z_]+)/g, (_, table) => `${prefix}${table}`),
      values
    )
  })

const everyTable = [
  "projects",
  "steps",
  "dependencies",
  "agent_events",
  "claim_requests",
  "failed_steps_history",
  "step_counts",
  "agent_counts"
]

/** Every row that a call could write. That a completion was refused is noted, whatever else the call does. */
export const contents = Effect.forEach(everyTable, (table) =>
  Effect.map(
    rows(
      `SELECT * FROM $${table} ${table === "agent_events" ? "WHERE event_type <> 'refused_completion'" : ""} ORDER BY 1, 2`
    ),
    (found) => [table, found] as const
  )
)

/** Runs the effect, and asserts that it left every row as it was. */
export const writesNothing = <A, E, R>(self: Effect.Effect<A, E, R>) =>
  Effect.gen(function* () {
    const before = yield* contents
    const result = yield* self
    assert.deepStrictEqual(yield* contents, before)
    return result
  })

export interface StoredEvent {
  readonly agent_id: string
  readonly project_id: number
  readonly step_id: number
  readonly event_type: string
  readonly timestamp: string
  readonly metadata: Record<string, unknown>
}

/** The audit trail, the oldest event first. */
export const auditTrail = Effect.map(
  rows<StoredEvent & { readonly metadata: string }>("SELECT * FROM $agent_events ORDER BY id"),
  (events) => events.map((event): StoredEvent => ({ ...event, metadata: JSON.parse(event.metadata) }))
)
