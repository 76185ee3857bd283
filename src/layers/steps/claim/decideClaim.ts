import { SqlError } from "@effect/sql/SqlError"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import type { Outcome } from "../../../domain/ClaimOutcome.ts"
import type { ClaimStep } from "../../../domain/Requests.ts"
import { perStore } from "../../store/Sql.ts"
import type { Transaction } from "../../store/Store.ts"
import { chooseStep, isNamed } from "./chooseStep.ts"
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

/** Decides what a request gets, and writes nothing: the one decision behind claims and previews. */
export const decideClaim = perStore((sql) => {
  const { choose } = chooseStep(sql)
  const explain = explainRefusal(sql)
  const without = noWork(sql)

  /** @param limit how many steps are named at most */
  return (tx: Transaction, request: ClaimStep, limit: number): Effect.Effect<Decision, SqlError> =>
    Effect.gen(function* () {
      const choice = yield* choose(tx, request, limit)
      const [best, ...more] = choice.found
      if (best !== undefined) return { _tag: "Ready", steps: [best, ...more] } satisfies Decision
      const outcome = yield* isNamed(request)
        ? Effect.either(explain(tx, request, choice.clashes))
        : Effect.either(without(tx, request, choice))
      if (Either.isLeft(outcome) && outcome.left instanceof SqlError) return yield* outcome.left
      return { _tag: "Nothing", outcome: outcome as Outcome } satisfies Decision
    })
})
