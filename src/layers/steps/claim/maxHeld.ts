import type { SqlError } from "@effect/sql/SqlError"
import * as Effect from "effect/Effect"
import { Conflict } from "../../../domain/Errors.ts"
import type { ClaimStep } from "../../../domain/Requests.ts"
import { holdings } from "../../plan/holdings.ts"
import type { Sql } from "../../store/Sql.ts"
import type { Transaction } from "../../store/Store.ts"
import type { CallerSession } from "../../store/sessions.ts"

/** Claims that a refusal names at most. */
const maxNamed = 20

/** Refuses a claim beyond the request's max_held live claims of its agent. */
export const checkMaxHeld = (sql: Sql, session: CallerSession) => {
  const held = holdings(sql)
  return (tx: Transaction, { agent_id, max_held }: ClaimStep): Effect.Effect<void, Conflict | SqlError> =>
    max_held === undefined
      ? Effect.void
      : Effect.flatMap(held(tx, agent_id, session, max_held), (claims): Effect.Effect<void, Conflict> => {
          if (claims.length < max_held) return Effect.void
          const named = claims
            .slice(0, maxNamed)
            .map(({ project, step_id, step_num }) => `step id ${step_id} (step ${step_num} of ${project})`)
          const more = claims.length > maxNamed ? ", …" : ""
          return new Conflict({
            reason: `Agent "${agent_id}" holds ${claims.length} steps, and max_held allows no more: ${named.join(", ")}${more}.`,
            advice: "Complete, fail or release one of them, then call claim_step again."
          })
        })
}
