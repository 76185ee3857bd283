import type { SqlError } from "@effect/sql/SqlError"
import type * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import type { Claim, Holding } from "../../../domain/Claim.ts"
import type { ClaimError } from "../../../domain/ClaimOutcome.ts"
import type { ClaimStep } from "../../../domain/Requests.ts"
import { recordEvent } from "../../store/events.ts"
import { isReady, to } from "../../store/fragments.ts"
import type { Parameter } from "../../store/Query.ts"
import type { Store, Transaction } from "../../store/Store.ts"
import { type CallerSession, callerValues } from "../../store/sessions.ts"
import { chooseStep, isNamed } from "./chooseStep.ts"
import { type ClaimedRow, claimedColumns, claimedStep, objects } from "./claimHandover.ts"
import { claimRequests } from "./claimRequests.ts"
import { decideClaim } from "./decideClaim.ts"
import { checkArguments } from "./explainRefusal.ts"
import { checkMaxHeld } from "./maxHeld.ts"
import { withHolding } from "./withHolding.ts"

export interface ClaimStepWrites {
  /** Refuses what no plan could answer. Returns the earlier claim of a repeated request, else undefined. */
  readonly check: (tx: Transaction, request: ClaimStep) => Effect.Effect<Claim | undefined, ClaimError | SqlError>
  /** Claims the step with that id for a request that `check` let pass; undefined if it is not ready any more. */
  readonly take: (tx: Transaction, request: ClaimStep, step: number) => Effect.Effect<Claim | undefined, SqlError>
  /** Claims the best ready step for a request that `check` let pass, or says why there is none. */
  readonly takeBest: (tx: Transaction, request: ClaimStep) => Effect.Effect<Claim, ClaimError | SqlError>
}

/** No other writer is at work: what was chosen a moment ago and cannot be claimed is a fault of the store. */
export const chosenInVain = (step: number): Effect.Effect<never> =>
  Effect.dieMessage(`step ${step} was chosen to be claimed and is not ready`)

/** Any step of the project will do, or of all projects. */
const isAny = (request: ClaimStep): boolean => request.scopes === undefined && !isNamed(request)

/** Claims ready steps, each for one lease. The claim is one conditional UPDATE, whose guard holds on every engine. */
export const claimStep = (
  { sql }: Store["Type"],
  session: CallerSession,
  staleAfter: Duration.Duration
): ClaimStepWrites => {
  const record = recordEvent(sql)
  const requests = claimRequests(sql)
  const checkHeld = checkMaxHeld(sql, session)
  const decide = decideClaim(sql, session, 1)
  const holding = withHolding(sql, session)
  const claim = (which: string) => `
    UPDATE ${sql.steps} SET status = ${to("claim")}, agent_id = ?, session_id = ?, attempt = attempt + 1,
      claimed_at = ?, last_heartbeat = ?, lease_expires_at = ?
    WHERE id = (${which}) AND ${isReady(sql.steps)}
      AND EXISTS (SELECT 1 FROM ${sql.projects} p WHERE p.id = project_id AND p.status = 'active')
    RETURNING ${claimedColumns(sql)}`
  const claimBest = claim(chooseStep(sql).bestOf)
  const claimOne = claim("?")

  const claimed = (row: ClaimedRow): Claim =>
    row.holding === "[]"
      ? { step: claimedStep(row) }
      : { step: claimedStep(row), holding: objects(row.holding) as ReadonlyArray<Holding> }

  // Not generators: every claim comes through here, and each generator costs as much as a small statement.

  /** Runs one of the two statements and records the claim. */
  const claimBy = (tx: Transaction, request: ClaimStep, statement: string, which: Parameter) =>
    Effect.flatMap(tx.now, (time) => {
      const { agent_id } = request
      const { at } = time
      return Effect.flatMap(
        tx.first<ClaimedRow>(statement, [
          ...[agent_id, session.id, at, at, time.in(staleAfter), which],
          ...callerValues(session, time)
        ]),
        (row): Effect.Effect<Claim | undefined, SqlError> => {
          if (row === undefined) return Effect.succeed(undefined)
          const recorded = record(tx, { agent_id, step: row, type: "claimed", at, metadata: { attempt: row.attempt } })
          return Effect.as(Effect.zipRight(recorded, requests.remember(tx, request, row, at)), claimed(row))
        }
      )
    })

  const take: ClaimStepWrites["take"] = (tx, request, step) => claimBy(tx, request, claimOne, step)

  const takeDecided = (tx: Transaction, request: ClaimStep): Effect.Effect<Claim, ClaimError | SqlError> =>
    Effect.flatMap(
      decide(tx, request),
      (decision): Effect.Effect<Claim, ClaimError | SqlError> =>
        decision._tag === "Nothing"
          ? Effect.flatMap(decision.outcome, (claim) => holding(tx, request, claim))
          : Effect.flatMap(take(tx, request, decision.steps[0]), (claim) =>
              claim === undefined ? chosenInVain(decision.steps[0]) : Effect.succeed(claim)
            )
    )

  return {
    check: (tx, request) =>
      Effect.zipRight(
        checkArguments(request),
        Effect.flatMap(requests.find(tx, request, session), (earlier) =>
          earlier === undefined ? Effect.as(checkHeld(tx, request), undefined) : Effect.succeed(claimed(earlier))
        )
      ),
    take,
    takeBest: (tx, request) => {
      const { project } = request
      if (project === undefined || !isAny(request)) return takeDecided(tx, request)
      return Effect.flatMap(claimBy(tx, request, claimBest, project), (claim) =>
        claim === undefined ? takeDecided(tx, request) : Effect.succeed(claim)
      )
    }
  }
}
