import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { NotFound } from "../../domain/Errors.ts"
import { caller } from "../../domain/Fence.ts"
import type { Heartbeat, OneStep } from "../../domain/Requests.ts"
import { Claims } from "../../services/Claims.ts"
import { Settings } from "../../services/Settings.ts"
import { Steps } from "../../services/Steps.ts"
import { available } from "./available.ts"
import { claiming } from "./claiming.ts"
import { Database } from "./Database.ts"
import { holding } from "./holding.ts"
import * as rows from "./rows.ts"
import { stepWithDependencies } from "./sqlText.ts"

/** Steps in hq's tables. */
export const layer: Layer.Layer<Steps, never, Database | Claims> = Layer.effect(
  Steps,
  Effect.gen(function* () {
    const db = yield* Database
    const claims = yield* Claims
    const { staleAfter } = yield* Settings
    const claim = claiming(db, staleAfter)
    const hold = holding(db, staleAfter)
    const listAvailable = available(db)
    const select = `SELECT ${stepWithDependencies(db.tables)} FROM ${db.tables.steps} s WHERE s.id = ?`

    const callerOf = (request: Heartbeat) => caller(request, claims.recall(request.step_id))
    const ends = (request: OneStep) => Effect.sync(() => claims.end(request.step_id))

    return Steps.of({
      claim: Effect.fn("Steps.claim")((request) =>
        db
          .write((tx) => claim(tx, request))
          .pipe(
            Effect.tap(({ step }) => {
              if (step !== null) claims.remember(step.id, { agent_id: request.agent_id, attempt: step.attempt })
            })
          )
      ),
      start: Effect.fn("Steps.start")((request) => db.write((tx) => hold.start(tx, request, callerOf(request)))),
      heartbeat: Effect.fn("Steps.heartbeat")((request) =>
        db.write((tx) => hold.heartbeat(tx, request, callerOf(request)))
      ),
      complete: Effect.fn("Steps.complete")((request) =>
        db.write((tx) => hold.complete(tx, request, callerOf(request))).pipe(Effect.tap(ends(request)))
      ),
      fail: Effect.fn("Steps.fail")((request) =>
        db.write((tx) => hold.fail(tx, request, callerOf(request))).pipe(Effect.tap(ends(request)))
      ),
      get: Effect.fn("Steps.get")(({ step_id }) =>
        db
          .read((tx) => tx.first<rows.StepRow>(select, [step_id]))
          .pipe(
            Effect.flatMap((row) =>
              row === undefined ? new NotFound({ entity: "step", key: step_id }) : Effect.succeed(rows.step(row))
            )
          )
      ),
      available: Effect.fn("Steps.available")(listAvailable)
    })
  })
)
