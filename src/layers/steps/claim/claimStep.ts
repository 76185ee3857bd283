import type { SqlError } from "@effect/sql/SqlError"
import type * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import type { Claim } from "../../../domain/Entities.ts"
import { Conflict } from "../../../domain/Errors.ts"
import type { ClaimStep } from "../../../domain/Requests.ts"
import { recorder } from "../../store/events.ts"
import { live, to } from "../../store/fragments.ts"
import type { Database, Parameter, Transaction } from "../../store/Store.ts"
import { now } from "../../store/time.ts"
import { choosing, isAny, isNamed } from "./chooseStep.ts"
import { type ClaimedRow, claimedColumns, claimedStep } from "./claimHandover.ts"
import { checkArguments, refusing } from "./explainRefusal.ts"
import { withinBounds } from "./maxHeld.ts"
import { withoutWork } from "./noWork.ts"

/**
 * What a request_id stands for: the same id with other arguments is a mistake of the caller. Absent ones leave no trace, and a call
 * that is repeated may wait longer.
 */
const argumentsOf = ({ project, step_id, step_num, scopes, max_held, allow_overlap }: ClaimStep) =>
  JSON.stringify({ project, step_id, step_num, scopes, max_held, allow_overlap })

const nothing = Effect.succeed(undefined)

/** Claims a ready step for one lease: the best one, or the one that the request names. */
export const claiming = (db: Database["Type"], staleAfter: Duration.Duration) => {
  const t = db.tables
  const record = recorder(t)
  const refuse = refusing(t)
  const noWork = withoutWork(t)
  const checkHeld = withinBounds(t)
  const choose = choosing(t)
  const claim = (which: string) => `
    UPDATE ${t.steps} SET status = ${to("claim")}, agent_id = ?, attempt = attempt + 1,
      claimed_at = ?, last_heartbeat = ?, lease_expires_at = ?
    WHERE id = (${which}) RETURNING ${claimedColumns(t)}`
  const claimNext = claim(choose.next)
  const claimOne = claim("?")
  const remember = `
    INSERT INTO ${t.claim_requests} (agent_id, request_id, arguments, step_id, attempt, created_at) VALUES (?, ?, ?, ?, ?, ?)`
  const remembered = `SELECT arguments, step_id, attempt FROM ${t.claim_requests} WHERE agent_id = ? AND request_id = ?`
  const claimedAs = `SELECT ${claimedColumns(t)} FROM ${t.steps} WHERE id = ? AND attempt = ? AND agent_id = ? AND ${live}`

  /** The claim that an earlier call with this request_id was answered with, if there was one. */
  const replay = (tx: Transaction, request: ClaimStep, request_id: string) =>
    Effect.gen(function* () {
      const earlier = yield* tx.first<{ arguments: string; step_id: number; attempt: number }>(remembered, [
        request.agent_id,
        request_id
      ])
      if (earlier === undefined) return undefined
      if (earlier.arguments !== argumentsOf(request)) {
        return yield* new Conflict({
          reason: `The request_id "${request_id}" was used before, with other arguments.`,
          advice: "Choose a new request_id for every new claim."
        })
      }
      const row = yield* tx.first<ClaimedRow>(claimedAs, [earlier.step_id, earlier.attempt, request.agent_id])
      if (row !== undefined) return row
      return yield* new Conflict({
        reason: `The claim of request_id "${request_id}" (attempt ${earlier.attempt} at step id ${earlier.step_id}) has ended.`,
        advice: "Call claim_step with a new request_id."
      })
    })

  /** @param instead what is answered before a step is looked for, where that is something */
  return (
    tx: Transaction,
    request: ClaimStep,
    instead?: (tx: Transaction) => Effect.Effect<Claim | undefined, SqlError>
  ) =>
    Effect.gen(function* () {
      const { agent_id, project, request_id } = request
      yield* checkArguments(request)
      if (request_id !== undefined) {
        const earlier = yield* replay(tx, request, request_id)
        if (earlier !== undefined) return { step: claimedStep(earlier) } satisfies Claim
      }
      yield* checkHeld(tx, request)
      const answer = yield* instead?.(tx) ?? nothing
      if (answer !== undefined) return answer
      const time = yield* now
      const claimBy = (statement: string, which: Parameter) =>
        tx.first<ClaimedRow>(statement, [agent_id, time.at, time.at, time.in(staleAfter), which])
      let row = project !== undefined && isAny(request) ? yield* claimBy(claimNext, project) : undefined
      if (row === undefined) {
        const choice = yield* choose.among(tx, request)
        const [best] = choice.found
        if (best === undefined) {
          return yield* isNamed(request) ? refuse(tx, request, choice.inTheWay) : noWork(tx, request, choice)
        }
        row = (yield* claimBy(claimOne, best)) as ClaimedRow
      }
      const metadata = { attempt: row.attempt }
      yield* record(tx, { agent_id, step: row, type: "claimed", at: time.at, metadata })
      if (request_id !== undefined) {
        const claimed = [argumentsOf(request), row.id, row.attempt, time.at]
        yield* tx.all(remember, [agent_id, request_id, ...claimed])
      }
      return { step: claimedStep(row) } satisfies Claim
    })
}
