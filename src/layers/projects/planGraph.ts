import type { SqlError } from "@effect/sql/SqlError"
import * as Effect from "effect/Effect"
import * as Plan from "../../domain/plan/Plan.ts"
import { type TailRow, tailChanges } from "../../domain/plan/TailChanges.ts"
import { done } from "../store/fragments.ts"
import { perStore } from "../store/Sql.ts"
import type { Transaction } from "../store/Store.ts"

interface Edge {
  readonly step_num: number
  readonly needed: number
}

/** Works out what follows from an edited graph of dependencies. Reads only what the edit can have touched, however large the plan. */
export const planGraph = perStore((sql) => {
  const above = sql.recursive({
    name: "above",
    columns: "id",
    first: `SELECT value FROM ${sql.items("?", "gained", "integer")}`,
    // No cycle leads through steps that are done, because they wait for nothing.
    next: `SELECT s.id FROM above ${sql.join} ${sql.dependencies} d ON d.step_id = above.id
      ${sql.join} ${sql.steps} s ON s.id = d.depends_on_step_id AND NOT s.${done}`
  })
  const edgesAbove = `${above.clause}
    SELECT s.step_num, o.step_num AS needed FROM ${above.rows} ${sql.join} ${sql.steps} s ON s.id = above.id
      ${sql.join} ${sql.dependencies} d ON d.step_id = above.id ${sql.join} ${sql.steps} o ON o.id = d.depends_on_step_id`
  const dependent = sql.jsonObject({ id: "w.id", tail: "w.tail_minutes" })
  const weighed = `
    SELECT s.id, s.tail_minutes AS tail, coalesce(s.estimate_minutes, 1) AS weight,
      (SELECT ${sql.jsonArrayOf("depends_on_step_id")} FROM ${sql.dependencies} WHERE step_id = s.id) AS dependencies,
      (SELECT ${sql.jsonArrayOf(dependent)} FROM ${sql.dependencies} d ${sql.join} ${sql.steps} w ON w.id = d.step_id
        WHERE d.depends_on_step_id = s.id) AS dependents
    FROM ${sql.items("?", "asked", "integer")} ${sql.join} ${sql.steps} s ON s.id = asked.value`
  // One by one: for all in one statement, an engine may choose to read the whole table of steps.
  const writeTail = `UPDATE ${sql.steps} SET tail_minutes = ? WHERE id = ?`

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
    /** Cycles, as step numbers, through steps that depend on more than before. @param gained ids of those */
    cycles: (
      tx: Transaction,
      gained: ReadonlySet<number>
    ): Effect.Effect<ReadonlyArray<ReadonlyArray<number>>, SqlError> =>
      Effect.gen(function* () {
        if (gained.size === 0) return []
        const dependencies = new Map<number, Array<number>>()
        for (const { needed, step_num } of yield* tx.all<Edge>(edgesAbove, [JSON.stringify([...gained])])) {
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
})
