import type { SqlError } from "@effect/sql/SqlError"
import * as Effect from "effect/Effect"
import { tails } from "../../domain/plan/CriticalPath.ts"
import * as Plan from "../../domain/plan/Plan.ts"
import { type TailRow, tailChanges } from "../../domain/plan/TailChanges.ts"
import { done } from "../store/fragments.ts"
import { perStore } from "../store/Sql.ts"
import type { Transaction } from "../store/Store.ts"

/** A project, and the minutes of its steps without an estimate. */
interface Weighing {
  readonly id: number
  readonly weight: number
}

/** Questions after which an edit's effect on the tails has come so far that all of them are worked out at once. */
const maxRounds = 100

/** Steps from which the effect of an edit is followed at most: from more of them, all tails are worked out at once, which costs less. */
const maxEdited = 1000

/** Tails that are written one by one at most. */
const maxSingly = 500

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
    SELECT s.id, s.tail_minutes AS tail,
      coalesce(s.estimate_minutes, (SELECT default_minutes FROM ${sql.projects} p WHERE p.id = s.project_id)) AS weight,
      (SELECT ${sql.jsonArrayOf("depends_on_step_id")} FROM ${sql.dependencies} WHERE step_id = s.id) AS dependencies,
      (SELECT ${sql.jsonArrayOf(dependent)} FROM ${sql.dependencies} d ${sql.join} ${sql.steps} w ON w.id = d.step_id
        WHERE d.depends_on_step_id = s.id) AS dependents
    FROM ${sql.items("?", "asked", "integer")} ${sql.join} ${sql.steps} s ON s.id = asked.value`
  // One by one: for all in one statement, an engine may choose to read the whole table of steps.
  const writeTail = `UPDATE ${sql.steps} SET tail_minutes = ? WHERE id = ?`

  const writeTails = `
    UPDATE ${sql.steps} SET tail_minutes = ${sql.field("changed.value", 1, "integer")}
    FROM ${sql.items("?", "changed", "json")} WHERE ${sql.steps}.id = ${sql.field("changed.value", 0, "integer")}`
  // Columns as JSON arrays: a row for each step would take four times as long.
  const column = sql.jsonArrayOf
  const allSteps = `
    SELECT ${column("id")} AS ids, ${column("estimate_minutes")} AS estimates, ${column("tail_minutes")} AS tails
    FROM ${sql.steps} WHERE project_id = ?`
  const allDependencies = `
    SELECT ${column("d.step_id")} AS waiting, ${column("d.depends_on_step_id")} AS needed
    FROM ${sql.steps} s ${sql.join} ${sql.dependencies} d ON d.step_id = s.id WHERE s.project_id = ?`

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

  /** Writes the tails of the whole project. Costs as much as the plan is large. */
  const reweigh = (tx: Transaction, { id: projectId, weight }: Weighing): Effect.Effect<void, SqlError> =>
    Effect.gen(function* () {
      const [steps] = yield* tx.all<Record<"ids" | "estimates" | "tails", string>>(allSteps, [projectId])
      const [edges] = yield* tx.all<Record<"waiting" | "needed", string>>(allDependencies, [projectId])
      const parsed = (column: string | undefined): ReadonlyArray<number | null> => JSON.parse(column ?? "[]")
      const [estimates, before, needed] = [parsed(steps?.estimates), parsed(steps?.tails), parsed(edges?.needed)]
      const weighed = parsed(steps?.ids).map((id, at) => ({
        id: id as number,
        estimate_minutes: estimates[at] ?? weight
      }))
      const after = tails(
        weighed,
        parsed(edges?.waiting).map((step_id, at) => ({
          step_id: step_id as number,
          depends_on_step_id: needed[at] as number
        }))
      )
      const changed = weighed.flatMap(({ id }, at) => (after.get(id) === before[at] ? [] : [[id, after.get(id)]]))
      yield* tx.all(writeTails, [JSON.stringify(changed)])
    })

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

    reweigh,

    /** Brings tail_minutes up to date. @param edited ids, see `tailChanges` */
    revise: (tx: Transaction, edited: ReadonlySet<number>, project: Weighing): Effect.Effect<void, SqlError> =>
      Effect.gen(function* () {
        if (edited.size > maxEdited) return yield* reweigh(tx, project)
        const changes = tailChanges(edited)
        let asked = changes.next()
        for (let round = 0; asked.done !== true; round++) {
          if (round === maxRounds) return yield* reweigh(tx, project)
          asked = changes.next(yield* rowsOf(tx, asked.value))
        }
        const { infinite, tails: changed } = asked.value
        if (changed.size + infinite.length > maxSingly) return yield* reweigh(tx, project)
        for (const [id, tail] of [...changed, ...infinite.map((id) => [id, 0] as const)]) {
          yield* tx.all(writeTail, [tail, id])
        }
      })
  }
})
