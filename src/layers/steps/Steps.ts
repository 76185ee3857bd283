import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { CompletedStep, type Step } from "../../domain/Entities.ts"
import { NotFound } from "../../domain/Errors.ts"
import { type Caller, caller } from "../../domain/Fence.ts"
import type { Heartbeat } from "../../domain/Requests.ts"
import { isLive } from "../../domain/Status.ts"
import { Changes } from "../../services/Changes.ts"
import { ClaimMemory } from "../../services/ClaimMemory.ts"
import { Settings } from "../../services/Settings.ts"
import { Steps } from "../../services/Steps.ts"
import { fileOverlaps } from "../plan/fileOverlaps.ts"
import { stepWithDependencies } from "../store/fragments.ts"
import * as rows from "../store/rows.ts"
import { Database, type Transaction } from "../store/Store.ts"
import { withNow } from "../store/time.ts"
import { withSpan } from "../store/withSpan.ts"
import { claiming } from "./claim/claimStep.ts"
import { holding, type Written } from "./holderWrites.ts"
import { listing } from "./listSteps.ts"
import { merging } from "./mergeStep.ts"
import { withoutTrace } from "./wait/cancelledClaim.ts"
import { waiting } from "./wait/claimOrWait.ts"

/** Steps in hq's tables. */
export const layer: Layer.Layer<Steps, never, Database | ClaimMemory | Changes> = Layer.scoped(
  Steps,
  Effect.gen(function* () {
    const db = yield* Database
    const claims = yield* ClaimMemory
    const { staleAfter } = yield* Settings
    const claim = yield* waiting(db, claiming(db, staleAfter), yield* Changes)
    const leavingNoTrace = withoutTrace(db, claims)
    const hold = holding(db, staleAfter)
    const merge = merging(db.tables)
    const { withCompleted } = fileOverlaps(db.tables)
    const { available, heldBy } = listing(db)
    const select = `SELECT ${stepWithDependencies(db.tables)} FROM ${db.tables.steps} s WHERE s.id = ?`

    /** The database has just shown who holds the step, or that nobody does. */
    const learn = (step: Step) =>
      withNow(({ at, millis }) => {
        const { agent_id, attempt, id: step_id, last_heartbeat } = step
        if (!isLive(step.status) || agent_id === undefined) claims.end(step_id, attempt, "done")
        else claims.remember({ step_id, agent_id, attempt, last_heartbeat: last_heartbeat ?? at }, millis)
        return Effect.void
      })

    /** A write of the step's holder, whom this process fills in where the request does not say. */
    const byHolder =
      <Request extends Heartbeat>(write: (tx: Transaction, request: Request, by: Caller | undefined) => Written) =>
      (request: Request) =>
        Effect.tap(
          db.write((tx) => write(tx, request, caller(request, claims.recall(request.step_id)))),
          learn
        )

    /** What is acknowledged stays so, whether or not the files could be compared. */
    const withOverlaps = (step: Step) =>
      db
        .read((tx) => withCompleted(tx, step))
        .pipe(
          Effect.catchAllCause((cause) => Effect.as(Effect.logWarning("files could not be compared", cause), [])),
          Effect.map((overlaps) => rows.made(CompletedStep, { ...step, overlaps }))
        )
    const complete = byHolder(hold.complete)

    return Steps.of({
      claim: withSpan("Steps.claim")((request, { until = Effect.never } = {}) =>
        leavingNoTrace(request, (trace) =>
          Effect.tap(claim(request, trace, until), ({ step }) => (step === null ? Effect.void : learn(step)))
        )
      ),
      start: withSpan("Steps.start")(byHolder(hold.start)),
      heartbeat: withSpan("Steps.heartbeat")(byHolder(hold.heartbeat)),
      complete: withSpan("Steps.complete")((request) => Effect.flatMap(complete(request), withOverlaps)),
      fail: withSpan("Steps.fail")(byHolder(hold.fail)),
      release: withSpan("Steps.release")(byHolder(hold.release)),
      merge: withSpan("Steps.merge")((request) => db.write((tx) => merge(tx, request))),
      get: withSpan("Steps.get")(({ step_id }) =>
        db
          .read((tx) => tx.first<rows.StepRow>(select, [step_id]))
          .pipe(
            Effect.flatMap((row) =>
              row === undefined ? new NotFound({ entity: "step", key: step_id }) : Effect.succeed(rows.step(row))
            )
          )
      ),
      available: withSpan("Steps.available")(available),
      heldBy: withSpan("Steps.heldBy")(heldBy)
    })
  })
)
