import type { SqlError } from "@effect/sql/SqlError"
import * as Effect from "effect/Effect"
import type { EventType } from "../../domain/Status.ts"
import type { Timestamp } from "../../domain/Text.ts"
import type { Transaction } from "./Store.ts"
import type { Tables } from "./Tables.ts"

/** Who acts where no agent does. */
export const system = "system"

export interface NewEvent {
  readonly agent_id: string
  readonly step: { readonly id: number; readonly project_id: number }
  readonly type: EventType
  readonly at: Timestamp
  readonly metadata: { readonly attempt: number } & Readonly<Record<string, unknown>>
}

/** Appends to the audit trail, in the transaction of what it tells. */
export const recorder = (t: Tables): ((tx: Transaction, event: NewEvent) => Effect.Effect<void, SqlError>) => {
  const insert = `INSERT INTO ${t.agent_events} (agent_id, project_id, step_id, event_type, timestamp, metadata) VALUES (?, ?, ?, ?, ?, ?)`
  return (tx, { agent_id, step, type, at, metadata }) =>
    Effect.asVoid(tx.all(insert, [agent_id, step.project_id, step.id, type, at, JSON.stringify(metadata)]))
}

/** The same of many events, in one statement. */
export const recordAll = (
  t: Tables
): ((tx: Transaction, events: ReadonlyArray<NewEvent>) => Effect.Effect<void, SqlError>) => {
  const insert = `
    INSERT INTO ${t.agent_events} (agent_id, project_id, step_id, event_type, timestamp, metadata)
    SELECT value ->> 0, value ->> 1, value ->> 2, value ->> 3, value ->> 4, value -> 5 FROM json_each(?)`
  return (tx, events) => {
    const told = events.map(({ agent_id, at, metadata, step, type }) => [
      ...[agent_id, step.project_id, step.id, type, at],
      metadata
    ])
    return Effect.asVoid(tx.all(insert, [JSON.stringify(told)]))
  }
}
