import type { SqlError } from "@effect/sql/SqlError"
import type * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import { spellings } from "../../../domain/Names.ts"
import type { ClaimStep } from "../../../domain/Requests.ts"
import type { Timestamp } from "../../../domain/Text.ts"
import { perStore } from "../../store/Sql.ts"
import type { Transaction } from "../../store/Store.ts"

/** Ready steps, and calls at the head of the queue for them, that are counted at most. */
export const maxCounted = 50

/** Expired rows that a call which joins reads at most, to delete what dead processes left. */
const maxExpired = 100

/** A call's place in the queue. */
export interface QueueTicket {
  readonly id: number
  /** Ids of rolled-back inserts are reused. */
  readonly since: Timestamp
}

/**
 * The queue of all calls that wait for a step, of every process: one row for each, first come, first served. If a process dies, its
 * rows count until they expire.
 */
export const waitQueue = perStore((sql) => {
  const expired = `
    DELETE FROM ${sql.claim_waiters} WHERE expires_at <= ?
      AND id IN (SELECT id FROM ${sql.claim_waiters} ORDER BY id LIMIT ${maxExpired})`
  const insert = `
    INSERT INTO ${sql.claim_waiters} (agent_id, project, scopes, since, expires_at) VALUES (?, ?, ?, ?, ?) RETURNING id`
  const remove = `DELETE FROM ${sql.claim_waiters} WHERE id = ? AND since = ?`
  const head = `SELECT id FROM ${sql.claim_waiters} WHERE expires_at > ? ORDER BY id LIMIT 1`
  const takers = `
    SELECT id FROM ${sql.claim_waiters} WHERE expires_at > ? AND EXISTS (
      SELECT 1 FROM ${sql.items("?", "ready", "integer")} ${sql.join} ${sql.steps} s ON s.id = ready.value
      ${sql.join} ${sql.projects} p ON p.id = s.project_id
      WHERE (project IS NULL OR project = p.name)
        AND (scopes IS NULL OR ${sql.caseless("s.scope")} IN (SELECT value FROM ${sql.items("scopes", "wanted", "text")}))
    ) ORDER BY id LIMIT ${maxCounted}`

  return {
    /** @param timeout how long the call waits from now on */
    join: (tx: Transaction, request: ClaimStep, timeout: Duration.Duration): Effect.Effect<QueueTicket, SqlError> =>
      Effect.gen(function* () {
        const time = yield* tx.now
        yield* tx.all(expired, [time.at])
        const { agent_id, project, scopes } = request
        const wanted = [project ?? null, scopes === undefined ? null : JSON.stringify(scopes.flatMap(spellings))]
        const [row] = yield* tx.all<{ id: number }>(insert, [agent_id, ...wanted, time.at, time.in(timeout)])
        return { id: (row as { id: number }).id, since: time.at }
      }),

    leave: (tx: Transaction, { id, since }: QueueTicket): Effect.Effect<unknown, SqlError> =>
      tx.all(remove, [id, since]),

    /** Id of the ticket that has waited longest; undefined if the queue is empty. */
    head: (tx: Transaction): Effect.Effect<number | undefined, SqlError> =>
      Effect.gen(function* () {
        const { at } = yield* tx.now
        return (yield* tx.first<{ id: number }>(head, [at]))?.id
      }),

    /** Ids of the tickets that are first for ready steps, one for each step. @param ready ids of at most `maxCounted` steps */
    first: (tx: Transaction, ready: ReadonlyArray<number>): Effect.Effect<ReadonlyArray<number>, SqlError> =>
      Effect.gen(function* () {
        const { at } = yield* tx.now
        const found = yield* tx.all<{ id: number }>(takers, [at, JSON.stringify(ready)])
        return found.slice(0, ready.length).map(({ id }) => id)
      })
  }
})
