import type { SqlError } from "@effect/sql/SqlError"
import * as Effect from "effect/Effect"
import { Conflict } from "../../../domain/Errors.ts"
import type { ClaimStep } from "../../../domain/Requests.ts"
import { live } from "../../store/fragments.ts"
import { perStore } from "../../store/Sql.ts"
import type { Transaction } from "../../store/Store.ts"

/** Claims that a refusal names at most. */
const maxNamed = 20

/** Refuses a claim beyond the request's max_held live claims of its agent. */
export const checkMaxHeld = perStore((sql) => {
  const held = `
    SELECT s.id, s.step_num, p.name FROM ${sql.steps} s ${sql.join} ${sql.projects} p ON p.id = s.project_id
    WHERE s.${live} AND s.agent_id = ? ORDER BY s.id LIMIT ?`
  return (tx: Transaction, { agent_id, max_held }: ClaimStep): Effect.Effect<void, Conflict | SqlError> =>
    max_held === undefined
      ? Effect.void
      : Effect.flatMap(
          tx.all<{ id: number; step_num: number; name: string }>(held, [agent_id, max_held]),
          (claims): Effect.Effect<void, Conflict> => {
            if (claims.length < max_held) return Effect.void
            const named = claims
              .slice(0, maxNamed)
              .map(({ id, name, step_num }) => `step id ${id} (step ${step_num} of ${name})`)
            const more = claims.length > maxNamed ? ", …" : ""
            return new Conflict({
              reason: `Agent "${agent_id}" holds ${claims.length} steps, and max_held allows no more: ${named.join(", ")}${more}.`,
              advice: "Complete, fail or release one of them, then call claim_step again."
            })
          }
        )
})
