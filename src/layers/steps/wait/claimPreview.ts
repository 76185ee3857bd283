import { SqlError } from "@effect/sql/SqlError"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import type { Outcome } from "../../../domain/ClaimOutcome.ts"
import type { ClaimStep } from "../../../domain/Requests.ts"
import type { Transaction } from "../../store/Store.ts"
import type { Tables } from "../../store/Tables.ts"
import { choosing, isNamed } from "../claim/chooseStep.ts"
import { refusing } from "../claim/explainRefusal.ts"
import { withoutWork } from "../claim/noWork.ts"
import { maxCounted, waiters } from "./waitQueue.ts"

/** What a claim would come to, were it made now. */
export type Look =
  | {
      readonly _tag: "Ready"
      /** How many steps there are for it, at most `maxCounted`. */
      readonly steps: number
      /** Places in line of those who come first, one for each step, as far as there are that many. */
      readonly first: ReadonlyArray<number>
    }
  | { readonly _tag: "Nothing"; readonly outcome: Outcome }

/** Looks whether there is a step for a request, writing nothing. */
export const looking = (t: Tables) => {
  const choose = choosing(t)
  const refuse = refusing(t)
  const noWork = withoutWork(t)
  const line = waiters(t)
  return (tx: Transaction, request: ClaimStep): Effect.Effect<Look, SqlError> =>
    Effect.gen(function* () {
      const choice = yield* choose.among(tx, request, maxCounted)
      const { found } = choice
      if (found.length > 0) {
        // Whoever names a step stands in no line.
        const first = isNamed(request) ? [] : yield* line.first(tx, found)
        return { _tag: "Ready", steps: found.length, first } satisfies Look
      }
      const without = isNamed(request) ? refuse(tx, request, choice.inTheWay) : noWork(tx, request, choice)
      return yield* Effect.matchEffect(without, {
        onFailure: (error) =>
          error instanceof SqlError
            ? Effect.fail(error)
            : Effect.succeed<Look>({ _tag: "Nothing", outcome: Either.left(error) }),
        onSuccess: (claim) => Effect.succeed<Look>({ _tag: "Nothing", outcome: Either.right(claim) })
      })
    })
}
