import type { SqlError } from "@effect/sql/SqlError"
import * as Effect from "effect/Effect"
import { Conflict } from "../../../domain/Errors.ts"
import { heldElsewhere } from "../../../domain/Fence.ts"
import { transitions } from "../../../domain/Lifecycle.ts"
import type { ClaimStep } from "../../../domain/Requests.ts"
import { isLive } from "../../../domain/Status.ts"
import type { Timestamp } from "../../../domain/Text.ts"
import { lookup } from "../../plan/lookup.ts"
import { live } from "../../store/fragments.ts"
import { perStore } from "../../store/Sql.ts"
import type { Transaction } from "../../store/Store.ts"
import { type CallerSession, callerValues, isCallers, liveSession } from "../../store/sessions.ts"
import { type ClaimedRow, claimedColumns } from "./claimHandover.ts"

/**
 * What a request_id stands for: the same id with other arguments is a mistake of the caller. Absent arguments leave no trace, and a
 * repeated call may wait longer.
 */
const argumentsOf = ({ project, step_id, step_num, scopes, max_held, allow_overlap }: ClaimStep) =>
  JSON.stringify({ project, step_id, step_num, scopes, max_held, allow_overlap })

/**
 * Which claim each request_id of an agent was answered with. The claim is answered again in its session and, if that is
 * gone, in another one, which then has it.
 */
export const claimRequests = perStore((sql) => {
  const find = lookup(sql)
  const remember = `
    INSERT INTO ${sql.claim_requests} (agent_id, request_id, arguments, step_id, attempt, created_at) VALUES (?, ?, ?, ?, ?, ?)`
  const remembered = `SELECT arguments, step_id, attempt FROM ${sql.claim_requests} WHERE agent_id = ? AND request_id = ?`
  const taken = `
    UPDATE ${sql.steps} SET session_id = ?
    WHERE id = ? AND attempt = ? AND agent_id = ? AND ${live} AND ${isCallers(sql, `${sql.steps}.session_id`)} RETURNING ${claimedColumns(sql)}`
  const sessionOf = liveSession(sql)

  return {
    /** The claim that an earlier call with this request_id was answered with, if there was one. */
    find: (
      tx: Transaction,
      request: ClaimStep,
      session: CallerSession
    ): Effect.Effect<ClaimedRow | undefined, Conflict | SqlError> => {
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
        const { attempt, step_id } = earlier
        const mine = callerValues(session, yield* tx.now)
        const row = yield* tx.first<ClaimedRow>(taken, [session.id, step_id, attempt, agent_id, ...mine, ...mine])
        if (row !== undefined) return row
        const step = yield* find.step(tx, step_id).pipe(Effect.catchTag("NotFound", () => Effect.succeed(undefined)))
        const isHeld = step?.attempt === attempt && isLive(step.status) && step.agent_id === agent_id
        const other = isHeld ? yield* sessionOf(tx, step_id, session) : undefined
        if (step !== undefined && other !== undefined) return yield* heldElsewhere(step, other, transitions.claim.tool)
        return yield* new Conflict({
          reason: `The claim of request_id "${request_id}" (attempt ${attempt} at step id ${step_id}) has ended.`,
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
