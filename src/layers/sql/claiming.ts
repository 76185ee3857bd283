import type * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import type { Claim } from "../../domain/Entities.ts"
import { Conflict } from "../../domain/Errors.ts"
import type { ClaimStep } from "../../domain/Requests.ts"
import { type ClaimedRow, claimedColumns, claimedStep } from "./claimed.ts"
import { explaining } from "./claimRefusal.ts"
import type { Database, Parameter, Transaction } from "./Database.ts"
import { recorder } from "./events.ts"
import { live, ready, to } from "./sqlText.ts"
import { now } from "./time.ts"

/** What a request_id stands for: the same id with other arguments is a mistake of the caller. */
const argumentsOf = ({ project, step_id, step_num }: ClaimStep) => JSON.stringify({ project, step_id, step_num })

/** Claims a ready step of a project for one lease: the next one, or the one that the request names. */
export const claiming = (db: Database["Type"], staleAfter: Duration.Duration) => {
  const t = db.tables
  const record = recorder(t)
  const { refuse, noWork } = explaining(t)
  const claimed = (which: string) => `
    UPDATE ${t.steps} SET status = ${to("claim")}, agent_id = ?, attempt = attempt + 1,
      claimed_at = ?, last_heartbeat = ?, lease_expires_at = ?
    WHERE id = (
      SELECT s.id FROM ${t.steps} s
      WHERE s.project_id = (SELECT id FROM ${t.projects} WHERE name = ? AND status = 'active') AND ${ready("s")}${which}
      ORDER BY s.step_num LIMIT 1)
    RETURNING ${claimedColumns(t)}`
  const claimNext = claimed("")
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

  return (tx: Transaction, request: ClaimStep) =>
    Effect.gen(function* () {
      const { request_id, step_id, step_num } = request
      if (request_id !== undefined) {
        const earlier = yield* replay(tx, request, request_id)
        if (earlier !== undefined) return { step: claimedStep(earlier) } satisfies Claim
      }
      const time = yield* now
      const values: Array<Parameter> = [request.agent_id, time.at, time.at, time.in(staleAfter), request.project]
      let named = ""
      if (step_id !== undefined) {
        named += " AND s.id = ?"
        values.push(step_id)
      }
      if (step_num !== undefined) {
        named += " AND s.step_num = ?"
        values.push(step_num)
      }
      const row = yield* tx.first<ClaimedRow>(named === "" ? claimNext : claimed(named), values)
      if (row === undefined) return named === "" ? yield* noWork(tx, request.project) : yield* refuse(tx, request)
      const metadata = { attempt: row.attempt }
      yield* record(tx, { agent_id: request.agent_id, step: row, type: "claimed", at: time.at, metadata })
      if (request_id !== undefined) {
        const claimed = [argumentsOf(request), row.id, row.attempt, time.at]
        yield* tx.all(remember, [request.agent_id, request_id, ...claimed])
      }
      return { step: claimedStep(row) } satisfies Claim
    })
}
