import type { SqlError } from "@effect/sql/SqlError"
import * as Effect from "effect/Effect"
import { Conflict } from "../../../domain/Errors.ts"
import type { ClaimStep } from "../../../domain/Requests.ts"
import type { Timestamp } from "../../../domain/Text.ts"
import { live } from "../../store/fragments.ts"
import { perStore } from "../../store/Sql.ts"
import type { Transaction } from "../../store/Store.ts"
import { type ClaimedRow, claimedColumns } from "./claimHandover.ts"

/**
 * What a request_id stands for: the same id with other arguments is a mistake of the caller. Absent arguments leave no trace, and a
 * repeated call may wait longer.
 */
const argumentsOf = ({ project, step_id, step_num, scopes, max_held, allow_overlap }: ClaimStep) =>
  JSON.stringify({ project, step_id, step_num, scopes, max_held, allow_overlap })

/** Which claim each request_id of an agent was answered with. */
export const claimRequests = perStore((sql) => {
  const remember = `
    INSERT INTO ${sql.claim_requests} (agent_id, request_id, arguments, step_id, attempt, created_at) VALUES (?, ?, ?, ?, ?, ?)`
  const remembered = `SELECT arguments, step_id, attempt FROM ${sql.claim_requests} WHERE agent_id = ? AND request_id = ?`
  const claimedAs = `
    SELECT ${claimedColumns(sql)} FROM ${sql.steps} WHERE id = ? AND attempt = ? AND agent_id = ? AND ${live}`

  return {
    /** The claim that an earlier call with this request_id was answered with, if there was one. */
    find: (tx: Transaction, request: ClaimStep): Effect.Effect<ClaimedRow | undefined, Conflict | SqlError> => {
      const { agent_id, request_id } = request
      if (request_id === undefined) return Effect.succeed(undefined)
      return Effect.gen(function* () {
        const earlier = yield* tx.first<{ arguments: string; step_id: number; attempt: number }>(remembered, [
          agent_id,
          request_id
        ])
        if (earlier === undefined) return undefined
        if (earlier.arguments !== argumentsOf(request)) {
          return yield* new Conflict({
            reason: `The request_id "${request_id}" was used before, with other arguments.`,
            advice: "Choose a new request_id for every new claim."
          })
        }
        const row = yield* tx.first<ClaimedRow>(claimedAs, [earlier.step_id, earlier.attempt, agent_id])
        if (row !== undefined) return row
        return yield* new Conflict({
          reason: `The claim of request_id "${request_id}" (attempt ${earlier.attempt} at step id ${earlier.step_id}) has ended.`,
          advice: "Call claim_step with a new request_id."
        })
      })
    },

    /** Notes the claim that the request is answered with. */
    remember: (
      tx: Transaction,
      request: ClaimStep,
      claimed: ClaimedRow,
      at: Timestamp
    ): Effect.Effect<void, SqlError> =>
      request.request_id === undefined
        ? Effect.void
        : Effect.asVoid(
            tx.all(remember, [
              ...[request.agent_id, request.request_id, argumentsOf(request)],
              ...[claimed.id, claimed.attempt, at]
            ])
          )
  }
})
