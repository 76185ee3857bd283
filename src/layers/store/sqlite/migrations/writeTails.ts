import type { SqlError } from "@effect/sql/SqlError"
import * as Effect from "effect/Effect"
import { type Dependency, tails } from "../../../../domain/plan/CriticalPath.ts"
import type { Transaction } from "../../Store.ts"
import type { Tables } from "../../Tables.ts"

interface Weighed {
  readonly id: number
  readonly estimate_minutes: number | null
  readonly tail_minutes: number
}

/** Writes tail_minutes of every step of a project, from its graph. @param weight minutes of a step without an estimate */
export const writeTails = (t: Tables) => {
  const stepsOf = `SELECT id, estimate_minutes, tail_minutes FROM ${t.steps} WHERE project_id = ?`
  const dependenciesOf = `
    SELECT d.* FROM ${t.steps} s CROSS JOIN ${t.dependencies} d ON d.step_id = s.id WHERE s.project_id = ?`
  const update = `
    UPDATE ${t.steps} SET tail_minutes = c.value ->> 1 FROM json_each(?) c WHERE ${t.steps}.id = c.value ->> 0`
  return (tx: Pick<Transaction, "all">, projectId: number, weight: number): Effect.Effect<void, SqlError> =>
    Effect.gen(function* () {
      const steps = yield* tx.all<Weighed>(stepsOf, [projectId])
      const dependencies = yield* tx.all<Dependency>(dependenciesOf, [projectId])
      const weighed = steps.map(({ estimate_minutes, id }) => ({ id, estimate_minutes: estimate_minutes ?? weight }))
      const found = tails(weighed, dependencies)
      const changed = steps.flatMap(({ id, tail_minutes }) => {
        const tail = found.get(id)
        return tail === tail_minutes ? [] : [[id, tail]]
      })
      if (changed.length > 0) yield* tx.all(update, [JSON.stringify(changed)])
    })
}
