import * as Effect from "effect/Effect"
import { Conflict } from "../../domain/Errors.ts"
import { notAllowed } from "../../domain/Fence.ts"
import type { MergeStep } from "../../domain/Requests.ts"
import { lookup } from "../plan/lookup.ts"
import { recordEvent } from "../store/events.ts"
import { from, stepColumns, to } from "../store/fragments.ts"
import * as rows from "../store/rows.ts"
import { perStore } from "../store/Sql.ts"
import type { Transaction } from "../store/Store.ts"

/** Records that a completed step's branch was merged, and by whom. Anybody may do that, not only its last holder. */
export const mergeStep = perStore((sql) => {
  const record = recordEvent(sql)
  const find = lookup(sql)
  const update = `
    UPDATE ${sql.steps} SET status = ${to("merge")}, merge_commit = ? WHERE id = ? AND status IN ${from("merge")} RETURNING ${stepColumns(sql.steps)}`

  return (tx: Transaction, { merge_commit, step_id }: MergeStep, agent_id: string) =>
    Effect.gen(function* () {
      const row = yield* tx.first<rows.StepRow>(update, [merge_commit, step_id])
      if (row !== undefined) {
        const { at } = yield* tx.now
        const metadata = { attempt: row.attempt, merge_commit }
        yield* record(tx, { agent_id, step: row, type: "merged", at, metadata })
        return rows.step(row)
      }
      const step = yield* find.step(tx, step_id)
      if (step.status !== "merged") return yield* notAllowed("merge", step)
      if (step.merge_commit === merge_commit) return step
      return yield* new Conflict({
        step_id,
        status: step.status,
        reason: `Step id ${step_id} is merged already, ${step.merge_commit === undefined ? "by a commit that was not told" : `by commit ${step.merge_commit}`}.`,
        advice: "Nothing is left to do on it: call claim_step for other work."
      })
    })
})
