import type { SqlError } from "@effect/sql/SqlError"
import * as Effect from "effect/Effect"
import * as Plan from "../../domain/plan/Plan.ts"
import { type TailRow, tailChanges } from "../../domain/plan/TailChanges.ts"
import { done } from "../store/fragments.ts"
import type { Transaction } from "../store/Store.ts"
import type { Tables } from "../store/Tables.ts"

interface Edge {
  readonly step_num: number
  readonly needed: number
}

/** What follows from an edited graph of dependencies. Only what the edit can have touched is read, however large the plan is. */
export const planGraph = (t: Tables) => {
  // Nothing waits for done steps any more: no cycle leads through them.
  const above = `
    WITH RECURSIVE above (id) AS (
      SELECT value FROM json_each(?)
      UNION
      SELECT s.id FROM above CROSS JOIN ${t.dependencies} d ON d.step_id = above.id
        CROSS JOIN ${t.steps} s ON s.id = d.depends_on_step_id AND NOT s.${done})
    SELECT s.step_num, o.step_num AS needed FROM above CROSS JOIN ${t.steps} s ON s.id = above.id
      CROSS JOIN ${t.dependencies} d ON d.step_id = above.id CROSS JOIN ${t.steps} o ON o.id = d.depends_on_step_id`
  const weighed = `
    SELECT s.id, s.tail_minutes AS tail, coalesce(s.estimate_minutes, 1) AS weight,
      (SELECT json_group_array(depends_on_step_id) FROM ${t.dependencies} WHERE step_id = s.id) AS dependencies,
      (SELECT json_group_array(json_object('id', w.id, 'tail', w.tail_minutes))
        FROM ${t.dependencies} d CROSS JOIN ${t.steps} w ON w.id = d.step_id WHERE d.depends_on_step_id = s.id) AS dependents
    FROM json_each(?) asked CROSS JOIN ${t.steps} s ON s.id = asked.value`
  // One by one: in one statement for all, SQLite may choose to read the whole table of steps for them.
  const writeTail = `UPDATE ${t.steps} SET tail_minutes = ? WHERE id = ?`

  const rowsOf = (tx: Transaction, ids: ReadonlyArray<number>) =>
    Effect.map(
      tx.all<Omit<TailRow, "dependencies" | "dependents"> & Record<"dependencies" | "dependents", string>>(weighed, [
        JSON.stringify(ids)
      ]),
      (found) =>
        found.map(
          (row): TailRow => ({
            ...row,
            dependencies: JSON.parse(row.dependencies),
            dependents: JSON.parse(row.dependents)
          })
        )
    )

  return {
    /** Cycles, as step numbers, that lead through steps which have got dependencies. @param gained ids of those */
    cycles: (
      tx: Transaction,
      gained: ReadonlySet<number>
    ): Effect.Effect<ReadonlyArray<ReadonlyArray<number>>, SqlError> =>
      Effect.gen(function* () {
        if (gained.size === 0) return []
        const dependencies = new Map<number, Array<number>>()
        for (const { needed, step_num } of yield* tx.all<Edge>(above, [JSON.stringify([...gained])])) {
          const known = dependencies.get(step_num)
          if (known === undefined) dependencies.set(step_num, [needed])
          else known.push(needed)
        }
        return Plan.cycles(Array.from(dependencies, ([step_num, depends_on]) => ({ step_num, depends_on })))
      }),

    /** Brings tail_minutes up to date. @param edited ids, see `tailChanges` */
    revise: (tx: Transaction, edited: ReadonlySet<number>): Effect.Effect<void, SqlError> =>
      Effect.gen(function* () {
        const changes = tailChanges(edited)
        let asked = changes.next()
        while (asked.done !== true) asked = changes.next(yield* rowsOf(tx, asked.value))
        const { infinite, tails } = asked.value
        for (const [id, tail] of [...tails, ...infinite.map((id) => [id, 0] as const)]) {
          yield* tx.all(writeTail, [tail, id])
        }
      })
  }
}
