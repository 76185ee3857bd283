import type { SqlError } from "@effect/sql/SqlError"
import * as Effect from "effect/Effect"
import type { AgentId } from "../../domain/Ids.ts"
import type { EventType } from "../../domain/Status.ts"
import type { Timestamp } from "../../domain/Text.ts"
import type { ClaimMemory } from "../../services/ClaimMemory.ts"
import { perStore } from "./Sql.ts"
import type { Transaction } from "./Store.ts"

/** Who acts if nobody calls: hq itself. */
export const system = "system"

/**
 * Who acts, for the event: whom the call names, or else the only agent that has claimed through this session.
 *
 * @param victim agent from which the call takes a step: it is not taken for the caller unless it is named
 */
export const actorOf = (named: AgentId | undefined, memory: ClaimMemory["Type"], victim?: AgentId): string => {
  if (named !== undefined) return named
  const claimants = memory.claimants()
  return typeof claimants === "object" && claimants.only !== victim ? claimants.only : "unknown"
}

export interface NewEvent {
  readonly agent_id: string
  /** Nulls if the event is about a project as a whole, or about one that is gone. */
  readonly step: { readonly id: number | null; readonly project_id: number | null }
  readonly type: EventType
  readonly at: Timestamp
  /** With the attempt, if it is about a step. */
  readonly metadata: Readonly<Record<string, unknown>>
}

const columns = "(agent_id, project_id, step_id, event_type, timestamp, metadata, format)"

/** Appends an event to the audit trail, in the transaction of the change that it records. */
export const recordEvent = perStore((sql) => {
  const insert = `INSERT INTO ${sql.agent_events} ${columns} VALUES (?, ?, ?, ?, ?, ?, ${sql.format})`
  return (tx: Transaction, { agent_id, step, type, at, metadata }: NewEvent): Effect.Effect<void, SqlError> =>
    Effect.asVoid(tx.all(insert, [agent_id, step.project_id, step.id, type, at, JSON.stringify(metadata)]))
})

/** Appends many events in one statement. */
export const recordEvents = perStore((sql) => {
  const text = (at: number) => sql.field("event.value", at, "text")
  const integer = (at: number) => sql.field("event.value", at, "integer")
  const insert = `
    INSERT INTO ${sql.agent_events} ${columns}
    SELECT ${text(0)}, ${integer(1)}, ${integer(2)}, ${text(3)}, ${text(4)}, ${sql.field("event.value", 5, "json")}, ${sql.format}
    FROM ${sql.items("?", "event", "json")}`
  return (tx: Transaction, events: ReadonlyArray<NewEvent>): Effect.Effect<void, SqlError> => {
    const values = events.map(({ agent_id, at, metadata, step, type }) => [
      ...[agent_id, step.project_id, step.id, type, at],
      metadata
    ])
    return Effect.asVoid(tx.all(insert, [JSON.stringify(values)]))
  }
})
