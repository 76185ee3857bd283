import type { SqlError } from "@effect/sql/SqlError"
import * as Effect from "effect/Effect"
import type { Claim } from "../../../domain/Claim.ts"
import type { ClaimStep } from "../../../domain/Requests.ts"
import { maxBlockers } from "../../plan/blockers.ts"
import { type HoldingRow, holding, holdings, maxHoldings } from "../../plan/holdings.ts"
import { live } from "../../store/fragments.ts"
import type { Sql } from "../../store/Sql.ts"
import type { Transaction } from "../../store/Store.ts"
import type { CallerSession } from "../../store/sessions.ts"
import { ofScopes } from "./noWork.ts"

/** An agent that holds more steps than this is not told that it waits for itself. */
const maxRead = 100

/**
 * Adds to an answer without a step what the caller holds already. If that is all that is at work, the caller waits for
 * itself: it may not have heard the answer to an earlier claim.
 */
export const withHolding = (sql: Sql, session: CallerSession) => {
  const held = holdings(sql)
  const byScope = (which: string) => `
    SELECT c.scope, sum(c.steps) AS steps FROM ${sql.projects} p ${sql.join} ${sql.step_counts} c ON c.project_id = p.id
    WHERE ${which} AND c.${live} GROUP BY c.scope`
  const ofProject = byScope("p.name = ?")
  const ofActive = byScope("p.status = 'active'")

  /** How many steps of the request's scopes are at work. */
  const atWork = (tx: Transaction, { project, scopes }: ClaimStep) =>
    Effect.map(
      tx.all<{ scope: string; steps: number }>(project === undefined ? ofActive : ofProject, [project ?? []].flat()),
      (counts) => ofScopes(counts, scopes).reduce((sum, { steps }) => sum + Number(steps), 0)
    )

  const isItself = (
    tx: Transaction,
    request: ClaimStep,
    { blocked_by = [], reason }: Claim,
    own: ReadonlyArray<HoldingRow>
  ) =>
    Effect.gen(function* () {
      if (reason === "files_in_use" || reason === "all_blocked") {
        const ids = new Set(own.map(({ step_id }) => step_id))
        const isAll = blocked_by.length > 0 && blocked_by.length < maxBlockers
        return isAll && blocked_by.every(({ step_id }) => ids.has(step_id))
      }
      if (reason !== "all_claimed") return false
      const there = own.filter(({ project, project_status }) =>
        request.project === undefined ? project_status === "active" : project === request.project
      )
      const mine = ofScopes(there, request.scopes)
      return mine.length > 0 && mine.length === (yield* atWork(tx, request))
    })

  return (tx: Transaction, request: ClaimStep, claim: Claim): Effect.Effect<Claim, SqlError> =>
    Effect.gen(function* () {
      if (claim.step !== null) return claim
      const own = yield* held(tx, request.agent_id, session, maxRead)
      if (own.length === 0) return claim
      const { blocked_by: _, retry_after_seconds: __, ...rest } = claim
      const told = (yield* isItself(tx, request, claim, own)) ? { ...rest, reason: "held_by_you" as const } : claim
      return { ...told, holding: own.slice(0, maxHoldings).map(holding) }
    })
}
