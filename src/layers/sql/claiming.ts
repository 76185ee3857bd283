import type * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import type { Claim } from "../../domain/Entities.ts"
import { Conflict } from "../../domain/Errors.ts"
import type { ClaimStep } from "../../domain/Requests.ts"
import { type ClaimedRow, claimedColumns, claimedStep } from "./claimed.ts"
import { checkArguments, refusing } from "./claimRefusal.ts"
import type { Database, Parameter, Transaction } from "./Database.ts"
import { recorder } from "./events.ts"
import { withinBounds } from "./maxHeld.ts"
import { type Query, readySteps, start } from "./readySteps.ts"
import { claimOrder, live, ready, to } from "./sqlText.ts"
import type { Tables } from "./Tables.ts"
import { now } from "./time.ts"
import { withoutWork } from "./withoutWork.ts"

/** What a request_id stands for: the same id with other arguments is a mistake of the caller. Absent ones leave no trace. */
const argumentsOf = ({ project, step_id, step_num, scopes, max_held }: ClaimStep) =>
  JSON.stringify({ project, step_id, step_num, scopes, max_held })

const isNamed = ({ step_id, step_num }: ClaimStep) => step_id !== undefined || step_num !== undefined

/** The statement that claims the ready step that a request is for. @param claim the statement, by the query for the step's id */
const choosing = (t: Tables, claim: (which: string) => string): ((request: ClaimStep) => Query) => {
  const claimNext = claim(`
    SELECT s.id FROM ${t.steps} s
    WHERE s.project_id = (SELECT id FROM ${t.projects} WHERE name = ? AND status = 'active') AND ${ready("s")}
    ORDER BY ${claimOrder("s")} LIMIT 1`)
  const first = readySteps(t)
  const named = ({ project, step_id, step_num }: ClaimStep): Query => {
    const filters: ReadonlyArray<readonly [column: string, value: Parameter | undefined]> = [
      ["p.name", project],
      ["s.id", step_id],
      ["s.step_num", step_num]
    ]
    const given = filters.filter(([, value]) => value !== undefined)
    return {
      statement: `
        SELECT s.id FROM ${t.projects} p JOIN ${t.steps} s ON s.project_id = p.id
        WHERE p.status = 'active' AND ${ready("s")} ${given.map(([column]) => `AND ${column} = ?`).join(" ")}`,
      values: given.map(([, value]) => value as Parameter)
    }
  }
  return (request) => {
    const { project, scopes } = request
    if (project !== undefined && scopes === undefined && !isNamed(request)) {
      return { statement: claimNext, values: [project] }
    }
    const { statement, values } = isNamed(request)
      ? named(request)
      : first({ project, scopes }, start, 1, "SELECT id FROM line")
    return { statement: claim(statement), values }
  }
}

/** Claims a ready step for one lease: the best one, or the one that the request names. */
export const claiming = (db: Database["Type"], staleAfter: Duration.Duration) => {
  const t = db.tables
  const record = recorder(t)
  const refuse = refusing(t)
  const noWork = withoutWork(t)
  const checkHeld = withinBounds(t)
  const choose = choosing(
    t,
    (which) => `
    UPDATE ${t.steps} SET status = ${to("claim")}, agent_id = ?, attempt = attempt + 1,
      claimed_at = ?, last_heartbeat = ?, lease_expires_at = ?
    WHERE id = (${which}) RETURNING ${claimedColumns(t)}`
  )
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
      const { agent_id, request_id } = request
      yield* checkArguments(request)
      if (request_id !== undefined) {
        const earlier = yield* replay(tx, request, request_id)
        if (earlier !== undefined) return { step: claimedStep(earlier) } satisfies Claim
      }
      yield* checkHeld(tx, request)
      const time = yield* now
      const { statement, values } = choose(request)
      const row = yield* tx.first<ClaimedRow>(statement, [
        ...[agent_id, time.at, time.at, time.in(staleAfter)],
        ...values
      ])
      if (row === undefined) return isNamed(request) ? yield* refuse(tx, request) : yield* noWork(tx, request)
      const metadata = { attempt: row.attempt }
      yield* record(tx, { agent_id, step: row, type: "claimed", at: time.at, metadata })
      if (request_id !== undefined) {
        const claimed = [argumentsOf(request), row.id, row.attempt, time.at]
        yield* tx.all(remember, [agent_id, request_id, ...claimed])
      }
      return { step: claimedStep(row) } satisfies Claim
    })
}
