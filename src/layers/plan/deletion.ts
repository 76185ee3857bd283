import type { SqlError } from "@effect/sql/SqlError"
import * as Effect from "effect/Effect"
import { live, reset } from "../store/fragments.ts"
import { perStore } from "../store/Sql.ts"
import type { Store, Transaction } from "../store/Store.ts"

/*
 * A project may have more events than one transaction can let go of while others wait. So it is first marked as deleted: nobody
 * finds it, and its name is free. What is its own then goes in batches. The marked row, which goes last, is where any process
 * finds out what is left, also after a crash.
 */

/** Rows that one transaction changes at most: they take 20 to 60 ms. */
const batch = 2000

/** Statuses are words of callers; this one is hq's own, and nothing that callers see has it. */
export const deleted = "'deleted'"

/** Deletes a project and all that is its own, a part at a time. */
export const deletion = perStore((sql) => {
  // New names do not begin with -.
  const mark = `UPDATE ${sql.projects} SET status = ${deleted}, name = '-deleted ' || id WHERE id = ?`
  const release = `UPDATE ${sql.steps} SET status = 'cancelled', ${reset} WHERE project_id = ? AND ${live}`
  const next = `SELECT id FROM ${sql.projects} WHERE status = ${deleted} LIMIT 1`
  const ofSteps = (table: string, columns: string, which = "step_id") => `
    SELECT ${columns} FROM ${sql.steps} s ${sql.join} ${table} o ON o.${which} = s.id WHERE s.project_id = ? LIMIT ?`
  const own = (table: string, index: string) =>
    `SELECT id FROM ${table} ${sql.indexed(index)} WHERE project_id = ? LIMIT ?`
  const [events, history, steps] = [
    own(sql.agent_events, "events_project"),
    own(sql.failed_steps_history, "history_project"),
    own(sql.steps, "steps_branch")
  ]
  // Not left to foreign keys, because a host's connection may not enforce them. Steps come after all that refers to them.
  const parts = [
    `UPDATE ${sql.agent_events} SET project_id = NULL, step_id = NULL FROM (${events}) gone WHERE ${sql.agent_events}.id = gone.id
      RETURNING 1 AS one`,
    `DELETE FROM ${sql.claim_requests} WHERE (agent_id, request_id) IN (${ofSteps(sql.claim_requests, "o.agent_id, o.request_id")})
      RETURNING 1 AS one`,
    `DELETE FROM ${sql.failed_steps_history} WHERE id IN (${history}) RETURNING 1 AS one`,
    `DELETE FROM ${sql.dependencies} WHERE (step_id, depends_on_step_id) IN (
      ${ofSteps(sql.dependencies, "o.step_id, o.depends_on_step_id")}) RETURNING 1 AS one`,
    `DELETE FROM ${sql.steps} WHERE id IN (${steps}) RETURNING 1 AS one`
  ]
  const end = `DELETE FROM ${sql.projects} WHERE id = ?`

  /** Returns whether there is more. */
  const deleteSome = (tx: Transaction, id: number): Effect.Effect<boolean, SqlError> =>
    Effect.gen(function* () {
      let room = batch
      for (const part of parts) {
        room -= (yield* tx.all(part, [id, room])).length
        if (room <= 0) return true
      }
      yield* tx.all(end, [id])
      return false
    })

  return {
    /** Hides the project, gives up its claims, and deletes as much as one transaction may. Returns whether there is more. */
    begin: (tx: Transaction, id: number): Effect.Effect<boolean, SqlError> =>
      Effect.gen(function* () {
        yield* tx.all(mark, [id])
        yield* tx.all(release, [id])
        return yield* deleteSome(tx, id)
      }),
    deleteSome,
    /** The id of a project whose deletion is not finished, if there is one. */
    next: (tx: Transaction): Effect.Effect<number | undefined, SqlError> =>
      Effect.map(tx.first<{ id: number }>(next, []), (row) => row?.id)
  }
})

/** Deletes a part of what projects have left behind. Returns whether there is more. The first read does without the write lock. */
export const finishDeletions = (store: Store["Type"]) => {
  const { deleteSome, next } = deletion(store.sql)
  return Effect.gen(function* () {
    const id = yield* store.read(next)
    if (id === undefined) return false
    yield* store.write((tx) => deleteSome(tx, id))
    return true
  })
}
