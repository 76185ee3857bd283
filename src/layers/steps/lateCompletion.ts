import * as Effect from "effect/Effect"
import type { Step } from "../../domain/Entities.ts"
import type { Caller } from "../../domain/Fence.ts"
import { allows } from "../../domain/Lifecycle.ts"
import type { CompleteStep } from "../../domain/Requests.ts"
import { recordEvent } from "../store/events.ts"
import { done, from, lastDone, metadata, stepColumns, to } from "../store/fragments.ts"
import type { Parameter } from "../store/Query.ts"
import * as rows from "../store/rows.ts"
import { perStore } from "../store/Sql.ts"
import type { Transaction } from "../store/Store.ts"
import { type CallerSession, callerValues, isCallers } from "../store/sessions.ts"
import type { Time } from "../store/time.ts"

/**
 * Completes a step late but not overtaken: it was recovered from the caller, and nobody has claimed it since. Finished work is not
 * thrown away, unless the plan makes the step wait for something by now. See docs/architecture.md, "Fencing".
 */
export const completeLate = perStore((sql) => {
  const record = recordEvent(sql)
  // If a recovery is the last thing that was done to the step, nobody has claimed it since.
  const recoveredFrom = `
    SELECT ${metadata(sql, "from_agent")} AS agent_id, ${metadata(sql, "attempt", "integer")} AS attempt,
      CASE WHEN ${isCallers(sql, metadata(sql, "from_session"))} THEN 1 ELSE 0 END AS is_callers
    FROM ${sql.agent_events} WHERE id = (${lastDone(sql)})
      AND event_type = 'recovered' AND ${metadata(sql, "from_status")} IN ${from("recover")}`
  const timeOf = (type: string) => `(
    SELECT timestamp FROM ${sql.agent_events}
    WHERE step_id = ${sql.steps}.id AND event_type = '${type}' AND ${metadata(sql, "attempt", "integer")} = attempt ORDER BY id DESC LIMIT 1)`
  const complete = `
    UPDATE ${sql.steps} SET status = ${to("complete")}, agent_id = ?, session_id = ?, last_commit = ?, files_modified = ?, notes = ?,
      completed_at = ?, claimed_at = ${timeOf("claimed")}, started_at = ${timeOf("started")}
    WHERE id = ? AND attempt = ? AND status IN ${from("claim")}
      AND NOT EXISTS (SELECT 1 FROM ${sql.dependencies} JOIN ${sql.steps} d ON d.id = depends_on_step_id
        WHERE step_id = ${sql.steps}.id AND NOT d.${done})
    RETURNING ${stepColumns(sql.steps)}`

  return (
    tx: Transaction,
    work: {
      readonly step: Step
      readonly caller: Caller
      readonly session: CallerSession
      readonly request: CompleteStep
      /** JSON array. */
      readonly files: string | null
      readonly time: Time
    }
  ) =>
    Effect.gen(function* () {
      const { step, caller, session, request, files, time } = work
      const { at } = time
      if (!allows("claim", step.status)) return undefined
      const lost = yield* tx.first<{ agent_id: string; attempt: number; is_callers: number }>(recoveredFrom, [
        ...callerValues(session, time),
        step.id
      ])
      const isTheLosers =
        lost?.agent_id === caller.agent_id &&
        lost.attempt === step.attempt &&
        (caller.attempt === undefined || caller.attempt === lost.attempt) &&
        (caller.isProven || lost.is_callers === 1)
      if (!isTheLosers) return undefined
      const content: ReadonlyArray<Parameter> = [request.commit_hash, files, request.notes ?? null, at]
      const row = yield* tx.first<rows.StepRow>(complete, [
        caller.agent_id,
        session.id,
        ...content,
        step.id,
        step.attempt
      ])
      if (row === undefined) return undefined
      const told = { attempt: step.attempt, commit_hash: request.commit_hash, late: true }
      yield* record(tx, { agent_id: caller.agent_id, step, type: "completed", at, metadata: told })
      return rows.step(row)
    })
})
