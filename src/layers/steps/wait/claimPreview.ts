import type { SqlError } from "@effect/sql/SqlError"
import * as Effect from "effect/Effect"
import type { ClaimStep } from "../../../domain/Requests.ts"
import type { Sql } from "../../store/Sql.ts"
import type { Transaction } from "../../store/Store.ts"
import type { CallerSession } from "../../store/sessions.ts"
import { isNamed } from "../claim/chooseStep.ts"
import { type Decision, decideClaim } from "../claim/decideClaim.ts"
import { maxCounted, waitQueue } from "./waitQueue.ts"

type Ready = Extract<Decision, { readonly _tag: "Ready" }>
type Nothing = Extract<Decision, { readonly _tag: "Nothing" }>

/** What a claim would come to at this moment, and which calls in the queue come before it. */
export type Preview =
  | Nothing
  | (Ready & {
      /** Ids of the tickets that are first for these steps, at most one for each; none for a named step, which has no queue. */
      readonly first: ReadonlyArray<number>
    })

/** Whether other calls are first for every step that is ready. */
export const isTaken = ({ first, steps }: Extract<Preview, Ready>): boolean => first.length === steps.length

/** Previews a claim, and writes nothing. */
export const claimPreview = (sql: Sql, session: CallerSession) => {
  const decide = decideClaim(sql, session, maxCounted)
  const queue = waitQueue(sql)
  return (tx: Transaction, request: ClaimStep): Effect.Effect<Preview, SqlError> =>
    Effect.gen(function* () {
      const decision = yield* decide(tx, request)
      if (decision._tag === "Nothing") return decision
      return { ...decision, first: isNamed(request) ? [] : yield* queue.first(tx, decision.steps) }
    })
}
