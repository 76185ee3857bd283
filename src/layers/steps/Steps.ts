import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { CompletedStep, type Step } from "../../domain/Entities.ts"
import { type Caller, caller, type Unknown } from "../../domain/Fence.ts"
import { nameFault } from "../../domain/Names.ts"
import type { ClaimStep, CompleteStep, Heartbeat } from "../../domain/Requests.ts"
import { isLive } from "../../domain/Status.ts"
import { Changes } from "../../services/Changes.ts"
import { ClaimMemory } from "../../services/ClaimMemory.ts"
import { Session } from "../../services/Session.ts"
import { Settings } from "../../services/Settings.ts"
import { Steps } from "../../services/Steps.ts"
import { fileOverlaps, hasFiles } from "../plan/fileOverlaps.ts"
import { lookup } from "../plan/lookup.ts"
import { actorOf } from "../store/events.ts"
import * as rows from "../store/rows.ts"
import { Store, type Transaction } from "../store/Store.ts"
import { callerSession, inSession } from "../store/sessions.ts"
import { timestamp } from "../store/time.ts"
import { withSpan } from "../store/withSpan.ts"
import { claimStep } from "./claim/claimStep.ts"
import { holderWrites, type Written } from "./holderWrites.ts"
import { listSteps } from "./listSteps.ts"
import { mergeStep } from "./mergeStep.ts"
import { refusedCompletion } from "./refusedCompletion.ts"
import { cancelledClaim } from "./wait/cancelledClaim.ts"
import { claimOrWait } from "./wait/claimOrWait.ts"
import { waitDispatcher } from "./wait/waitDispatcher.ts"

/** Steps in hq's tables. */
export const layer: Layer.Layer<Steps, never, Store | ClaimMemory | Session | Changes> = Layer.scoped(
  Steps,
  Effect.gen(function* () {
    const memory = yield* ClaimMemory
    const settings = yield* Settings
    const { staleAfter } = settings
    const own = yield* Session
    const session = callerSession(own, settings)
    const store = inSession(yield* Store, own, settings)
    const dispatcher = yield* waitDispatcher(store, session, yield* Changes)
    const { giveBack, leaveQueue } = cancelledClaim(store, memory)
    const claim = claimOrWait(store, session, claimStep(store, session, staleAfter), dispatcher, leaveQueue)
    const hold = holderWrites(store.sql, session, staleAfter)
    const merge = mergeStep(store.sql)
    const find = lookup(store.sql)
    const { withCompleted } = fileOverlaps(store.sql)
    const { available, heldBy } = listSteps(store)

    /** The store has just shown who holds the step, or that nobody does. */
    const learn = ({ agent_id, attempt, id: step_id, last_heartbeat, status }: Step) =>
      Effect.map(Clock.currentTimeMillis, (millis) => {
        if (!isLive(status) || agent_id === undefined) memory.end(step_id, attempt, "done")
        else {
          const heartbeat = last_heartbeat ?? timestamp(millis)
          memory.remember({ step_id, agent_id, attempt, last_heartbeat: heartbeat }, millis)
        }
      })

    const meet = ({ agent_id }: ClaimStep) => Effect.sync(() => memory.met(agent_id))

    /** Who calls. What the request leaves out is filled in from the memory of this session. */
    const callerOf = (request: Heartbeat) =>
      caller(request, memory.recall(request.step_id), memory.claimants() === "several")

    /** A write of the step's holder. */
    const byHolder =
      <Request extends Heartbeat>(write: (tx: Transaction, request: Request, by: Caller | Unknown) => Written) =>
      (request: Request) =>
        Effect.tap(
          store.write((tx) => write(tx, request, callerOf(request))),
          learn
        )

    /** What is acknowledged stays so, whether or not the files could be compared. */
    const overlapsOf = (step: Step) =>
      Effect.catchAllCause(
        store.read((tx) => withCompleted(tx, step)),
        (cause) => Effect.as(Effect.logWarning("files could not be compared", cause), [])
      )

    const withOverlaps = (step: Step) =>
      Effect.map(hasFiles(step) ? overlapsOf(step) : Effect.succeed([]), (overlaps) =>
        rows.made(CompletedStep, { ...step, overlaps })
      )
    const noteRefused = refusedCompletion(store.sql)
    const complete = (request: CompleteStep) =>
      byHolder(hold.complete)(request).pipe(
        Effect.tapErrorTag("Conflict", () => {
          const by = callerOf(request)
          if (typeof by === "string" || nameFault(by.agent_id) !== undefined) return Effect.void
          return store
            .write((tx) => noteRefused(tx, request, by))
            .pipe(Effect.catchAllCause((cause) => Effect.logWarning("a refused completion could not be noted", cause)))
        })
      )

    return Steps.of({
      claim: withSpan("Steps.claim")((request, { until = Effect.never, untilHeard = Effect.void } = {}) =>
        Effect.uninterruptibleMask((restore) =>
          Effect.flatMap(Effect.zipRight(meet(request), claim(request, until, restore)), (answer) => {
            const { step } = answer
            const heard = Effect.as(restore(untilHeard), answer)
            if (step === null) return heard
            // With a request_id the agent can ask again, and finds its claim.
            const final = request.request_id === undefined ? Effect.onInterrupt(heard, () => giveBack(step)) : heard
            return Effect.zipRight(learn(step), final)
          })
        )
      ),
      start: withSpan("Steps.start")(byHolder(hold.start)),
      heartbeat: withSpan("Steps.heartbeat")(byHolder(hold.heartbeat)),
      complete: withSpan("Steps.complete")((request) => Effect.flatMap(complete(request), withOverlaps)),
      fail: withSpan("Steps.fail")(byHolder(hold.fail)),
      release: withSpan("Steps.release")(byHolder(hold.release)),
      merge: withSpan("Steps.merge")((request) =>
        store.write((tx) => merge(tx, request, actorOf(request.agent_id, memory)))
      ),
      get: withSpan("Steps.get")((request) =>
        store.read((tx) =>
          "step_id" in request
            ? find.wholeStep(tx, request.step_id)
            : Effect.flatMap(find.stepId(tx, request.project, request.step_num), (id) => find.wholeStep(tx, id))
        )
      ),
      available: withSpan("Steps.available")(available),
      heldBy: withSpan("Steps.heldBy")(heldBy)
    })
  })
)
