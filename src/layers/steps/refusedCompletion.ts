import type { SqlError } from "@effect/sql/SqlError"
import * as Effect from "effect/Effect"
import type { Caller } from "../../domain/Fence.ts"
import type { CompleteStep } from "../../domain/Requests.ts"
import { recordEvent } from "../store/events.ts"
import { metadata } from "../store/fragments.ts"
import { perStore } from "../store/Sql.ts"
import type { Transaction } from "../store/Store.ts"

/** Notes the commit of a completion that was refused, so that finished work can be found. A repeated call is noted once. */
export const refusedCompletion = perStore((sql) => {
  const record = recordEvent(sql)
  const notNoted = `
    SELECT id, project_id, attempt FROM ${sql.steps} s WHERE id = ? AND NOT EXISTS (
      SELECT 1 FROM ${sql.agent_events} e WHERE e.step_id = s.id AND e.event_type = 'refused_completion'
        AND e.agent_id = ? AND ${metadata(sql, "commit_hash", "text", "e.metadata")} = ?)`

  return (
    tx: Transaction,
    { commit_hash, step_id }: CompleteStep,
    { agent_id, attempt }: Caller
  ): Effect.Effect<void, SqlError> =>
    Effect.gen(function* () {
      const step = yield* tx.first<{ id: number; project_id: number; attempt: number }>(notNoted, [
        step_id,
        agent_id,
        commit_hash
      ])
      if (step === undefined) return
      const { at } = yield* tx.now
      const noted = { attempt: attempt ?? step.attempt, commit_hash }
      yield* record(tx, { agent_id, step, type: "refused_completion", at, metadata: noted })
    })
})
