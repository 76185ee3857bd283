import type { SqlError } from "@effect/sql/SqlError"
import * as Effect from "effect/Effect"
import { stepsByBranch } from "../../domain/Branches.ts"
import { closed } from "../store/fragments.ts"
import { perStore } from "../store/Sql.ts"
import type { Transaction } from "../store/Store.ts"

/** Steps of one branch that are read at most, the latest first: a project may do all its work on one branch. */
const maxRead = 100

/** Finds the open steps of a project that have some branches: their numbers, by branch. */
export const openBranches = perStore((sql) => {
  const latest = `
    SELECT b.id FROM ${sql.steps} b ${sql.indexed("steps_branch")}
    WHERE b.project_id = ? AND b.branch = wanted.value ORDER BY b.id DESC LIMIT ${maxRead}`
  const found = `
    SELECT s.branch, s.step_num FROM ${sql.items("?", "wanted", "text")}
    ${sql.join} ${sql.steps} s ON ${sql.isAmong("s.id", latest)} WHERE NOT s.${closed}`

  return (
    tx: Transaction,
    projectId: number,
    branches: ReadonlySet<string>
  ): Effect.Effect<ReadonlyMap<string, ReadonlyArray<number>>, SqlError> =>
    branches.size === 0
      ? Effect.succeed(new Map())
      : Effect.map(
          tx.all<{ branch: string; step_num: number }>(found, [JSON.stringify([...branches]), projectId]),
          stepsByBranch
        )
})
