import type { SqlError } from "@effect/sql/SqlError"
import * as Effect from "effect/Effect"
import type { EventType } from "../../domain/Status.ts"
import type { Timestamp } from "../../domain/Text.ts"
import { perStore } from "./Sql.ts"
import type { Transaction } from "./Store.ts"

/** Who acts when no agent does. */
export const system = "system"

export interface NewEvent {
  readonly agent_id: string
  readonly step: { readonly id: number; readonly project_id: number }
  readonly type: EventType
  readonly at: Timestamp
  readonly metadata: { readonly attempt: number } & Readonly<Record<string, unknown>>
}

const columns = "(agent_id, project_id, step_id, event_type, timestamp, metadata)"

/** Appends an event to the audit trail, in the transaction of the change that it records. */
export const recordEvent = perStore((sql) => {
  const insert = `INSERT INTO ${sql.agent_events} ${columns} VALUES (?, ?, ?, ?, ?, ?)`
  return (tx: Transaction, { agent_id, step, type, at, metadata }: NewEvent): Effect.Effect<void, SqlError> =>
    Effect.asVoid(tx.all(insert, [agent_id, step.project_id, step.id, type, at, JSON.stringify(metadata)]))
})

/** Appends many events in one statement. */
export const recordEvents = perStore((sql) => {
  const text = (at: number) => sql.field("event.value", at, "text")
  const integer = (at: number) => sql.field("event.value", at, "integer")
  const insert = `
    INSERT INTO ${sql.agent_events} ${columns}
    SELECT ${text(0)}, ${integer(1)}, ${integer(2)}, ${text(3)}, ${text(4)}, ${sql.field("event.value", 5, "json")}
    FROM ${sql.items("?", "event", "json")}`
  return (tx: Transaction, events: ReadonlyArray<NewEvent>): Effect.Effect<void, SqlError> => {
    const values = events.map(({ agent_id, at, metadata, step, type }) => [
      ...[agent_id, step.project_id, step.id, type, at],
      metadata
    ])
    return Effect.asVoid(tx.all(insert, [JSON.stringify(values)]))
  }
})
