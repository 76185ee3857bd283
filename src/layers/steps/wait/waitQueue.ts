import type { SqlError } from "@effect/sql/SqlError"
import type * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import type { ClaimStep } from "../../../domain/Requests.ts"
import type { Timestamp } from "../../../domain/Text.ts"
import type { Transaction } from "../../store/Store.ts"
import type { Tables } from "../../store/Tables.ts"
import { withNow } from "../../store/time.ts"

/** Ready steps, and those who are first in line for them, that are counted at most. */
export const maxCounted = 50

/** Rows that are looked at, whenever somebody joins, for those that dead processes left. */
const maxExpired = 100

/** A place in the line. */
export interface Place {
  readonly id: number
  /** A transaction that is lost gives its id to another row. */
  readonly since: Timestamp
}

/**
 * The line of all calls that wait for a step, of every process: one row each, the first come before the others. Where a process
 * dies, its rows count until they expire.
 */
export const waiters = (t: Tables) => {
  const expired = `
    DELETE FROM ${t.claim_waiters} WHERE expires_at <= ?
      AND id IN (SELECT id FROM ${t.claim_waiters} ORDER BY id LIMIT ${maxExpired})`
  const insert = `
    INSERT INTO ${t.claim_waiters} (agent_id, project, scopes, since, expires_at) VALUES (?, ?, ?, ?, ?) RETURNING id`
  const remove = `DELETE FROM ${t.claim_waiters} WHERE id = ? AND since = ?`
  const head = `SELECT id FROM ${t.claim_waiters} WHERE expires_at > ? ORDER BY id LIMIT 1`
  const takers = `
    SELECT id FROM ${t.claim_waiters} WHERE expires_at > ? AND EXISTS (
      SELECT 1 FROM json_each(?) ready CROSS JOIN ${t.steps} s ON s.id = ready.value
      CROSS JOIN ${t.projects} p ON p.id = s.project_id
      WHERE (project IS NULL OR project = p.name) AND (scopes IS NULL OR s.scope IN (SELECT value FROM json_each(scopes)))
    ) ORDER BY id LIMIT ${maxCounted}`

  return {
    /** @param wait from now on */
    join: (tx: Transaction, request: ClaimStep, wait: Duration.Duration): Effect.Effect<Place, SqlError> =>
      withNow((time) =>
        Effect.gen(function* () {
          yield* tx.all(expired, [time.at])
          const { agent_id, project, scopes } = request
          const wanted = [project ?? null, scopes === undefined ? null : JSON.stringify(scopes)]
          const [row] = yield* tx.all<{ id: number }>(insert, [agent_id, ...wanted, time.at, time.in(wait)])
          return { id: (row as { id: number }).id, since: time.at }
        })
      ),

    leave: (tx: Transaction, { id, since }: Place): Effect.Effect<unknown, SqlError> => tx.all(remove, [id, since]),

    /** The place of whoever waits longest; undefined where nobody does. */
    head: (tx: Transaction): Effect.Effect<number | undefined, SqlError> =>
      withNow(({ at }) => Effect.map(tx.first<{ id: number }>(head, [at]), (row) => row?.id)),

    /** Who is first in line for ready steps, one for each. @param ready ids of at most `maxCounted` steps */
    first: (tx: Transaction, ready: ReadonlyArray<number>): Effect.Effect<ReadonlyArray<number>, SqlError> =>
      withNow(({ at }) =>
        Effect.map(tx.all<{ id: number }>(takers, [at, JSON.stringify(ready)]), (found) =>
          found.slice(0, ready.length).map(({ id }) => id)
        )
      )
  }
}
