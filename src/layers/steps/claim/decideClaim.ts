import { SqlError } from "@effect/sql/SqlError"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import type { Outcome } from "../../../domain/ClaimOutcome.ts"
import type { ClaimStep } from "../../../domain/Requests.ts"
import type { Sql } from "../../store/Sql.ts"
import type { Transaction } from "../../store/Store.ts"
import type { CallerSession } from "../../store/sessions.ts"
import { chooseStep, isNamed, type SearchCursors } from "./chooseStep.ts"
import { explainRefusal } from "./explainRefusal.ts"
import { noWork } from "./noWork.ts"

/** What a claim would come to at this moment. */
export type Decision =
  | {
      readonly _tag: "Ready"
      /** Ids of the steps that may be claimed, the best first. */
      readonly steps: readonly [number, ...ReadonlyArray<number>]
    }
  | { readonly _tag: "Nothing"; readonly outcome: Outcome }

/**
 * Decides what a request gets, and writes nothing: the one decision behind claims and previews. Each of them makes its own, because a
 * search that goes on where the other one stopped would miss steps.
 *
 * @param limit how many steps are named at most
 */
export const decideClaim = (sql: Sql, session: CallerSession, limit: number) => {
  const { choose } = chooseStep(sql)
  const stopped: SearchCursors = new Map()
  const explain = explainRefusal(sql, session)
  const without = noWork(sql)

  return (tx: Transaction, request: ClaimStep): Effect.Effect<Decision, SqlError> =>
    Effect.gen(function* () {
      const choice = yield* choose(tx, request, limit, stopped)
      const [best, ...more] = choice.found
      if (best !== undefined) return { _tag: "Ready", steps: [best, ...more] } satisfies Decision
      const outcome = yield* isNamed(request)
        ? Effect.either(explain(tx, request, choice.clashes))
        : Effect.either(without(tx, request, choice))
      if (Either.isLeft(outcome) && outcome.left instanceof SqlError) return yield* outcome.left
      return { _tag: "Nothing", outcome: outcome as Outcome } satisfies Decision
    })
}
