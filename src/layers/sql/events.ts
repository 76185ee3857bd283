import type { SqlError } from "@effect/sql/SqlError"
import * as Effect from "effect/Effect"
import type { EventType } from "../../domain/Status.ts"
import type { Timestamp } from "../../domain/Text.ts"
import type { Transaction } from "./Database.ts"
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
