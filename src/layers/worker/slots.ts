import * as Deferred from "effect/Deferred"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import type { Claim, ClaimedStep, NoWorkReason } from "../../domain/Claim.ts"
import type { AgentId } from "../../domain/Ids.ts"
import { isLive } from "../../domain/Status.ts"
import { CannotWork, type WorkSummary } from "../../domain/Work.ts"
import type { WorkError, WorkOptions } from "../../services/Worker.ts"
import type { Ended } from "./attempt.ts"
import type { Left } from "./left.ts"
import type { Merges } from "./merges.ts"
import { leftOf, type Retries, stepsOf } from "./projectSteps.ts"
import type { Told } from "./told.ts"

/** How long a claim waits before the slot looks around, doubled each time: a claim ends by itself only when all is done. */
const firstWait = Duration.seconds(1)
const longestWait = Duration.minutes(1)

interface SlotsOf extends Told {
  readonly options: WorkOptions
  /** The agent of a slot, by its number. */
  readonly agentOf: (slot: number) => AgentId
  readonly merges: Merges | undefined
  readonly retries: Retries
}

type Attempt<R> = (
  slot: number,
  agentId: AgentId,
  step: ClaimedStep,
  over: Effect.Effect<void>
) => Effect.Effect<Ended, CannotWork, R>

const doubled = (wait: Duration.Duration) => Duration.min(Duration.times(wait, 2), longestWait)

/** Why no step can be claimed, if nobody can change that but a person. */
const isEnd = (reason: NoWorkReason | undefined) =>
  reason === "all_done" || reason === "project_aborted" || reason === "failed_upstream" || reason === "all_failed"

const noSuchScope = ({ scopes = [], unknown_scopes = [] }: Claim) =>
  new CannotWork({
    reason: `No step has the scope ${unknown_scopes.map((scope) => `"${scope}"`).join(" or ")}.`,
    advice: `There are: ${scopes.join(", ")}.`
  })

/** Runs the slots. Each claims a step, makes an attempt at it, and claims the next, until nothing is left for any of them. */
export const runSlots = <R>(of: SlotsOf, attempt: Attempt<R>): Effect.Effect<WorkSummary, WorkError, R> =>
  Effect.gen(function* () {
    const { agentOf, emit, merges, options, projects, retries, steps, stored } = of
    const { agents, project, scopes, until = Effect.never } = options
    const counts: Record<Ended, number> = { completed: 0, failed: 0, released: 0, lost: 0 }
    /** Attempts of this worker that are not over. */
    let running = 0
    /** What it was told to wait for last. */
    let waitingFor: string | undefined
    let ended: WorkSummary["ended"] | undefined
    const over = yield* Deferred.make<void>()
    /** Done with the next end of an attempt. */
    let news = yield* Deferred.make<void>()

    const end = (reason: WorkSummary["ended"]) =>
      Effect.suspend(() => {
        ended ??= reason
        return Deferred.succeed(over, undefined)
      })
    const tellNews = Effect.flatMap(Deferred.make<void>(), (next) => {
      const told = news
      news = next
      return Deferred.succeed(told, undefined)
    })

    const takeUp = (step: Parameters<Retries["retry"]>[0] & { readonly step_num: number }, agentId: AgentId) =>
      Effect.tap(stored(retries.retry(step, agentId)), (isTaken) =>
        isTaken ? emit({ _tag: "Retried", step_id: step.id, step_num: step.step_num }) : Effect.void
      )
    const takeUpAll = (agentId: AgentId) =>
      Effect.gen(function* () {
        if (retries.isNone) return false
        const failed = yield* stored(stepsOf(projects, project, "failed"))
        const taken = yield* Effect.forEach(failed, (step) => takeUp(step, agentId))
        return taken.includes(true)
      })
    const remaining = stored(leftOf(projects, project, scopes, merges !== undefined))
    const mergeAll = merges === undefined ? Effect.void : stored(merges.all)

    /** Runs an attempt and what follows from its end. Not interruptible, for the step is claimed. */
    const run = (slot: number, agentId: AgentId, step: ClaimedStep) =>
      Effect.gen(function* () {
        running += 1
        waitingFor = undefined
        return yield* attempt(slot, agentId, step, Deferred.await(over)).pipe(
          Effect.tap((how) => {
            counts[how] += 1
            if (how === "failed") return takeUp(step, agentId)
            return how === "completed" && merges !== undefined ? stored(merges.one(step.id)) : Effect.void
          }),
          Effect.ensuring(
            Effect.suspend(() => {
              running -= 1
              return tellNews
            })
          )
        )
      })

    /** Claims a step and runs it. Returns what the claim came to, and how the attempt ended if there was one. */
    const turn = (slot: number, agentId: AgentId, wait: Duration.Duration) =>
      Effect.uninterruptibleMask((restore) =>
        Effect.gen(function* () {
          const early = Effect.raceAll([Deferred.await(over), Deferred.await(news), Effect.sleep(wait)])
          const request = { project, agent_id: agentId, wait_seconds: 60, ...(scopes === undefined ? {} : { scopes }) }
          const claim = yield* restore(stored(steps.claim(request, { until: early })))
          return { claim, how: claim.step === null ? undefined : yield* run(slot, agentId, claim.step) }
        })
      )

    /** Whether nothing will come of waiting, because what is in the way waits for a merge that git refuses. */
    const isStuck = ({ blocked_by = [] }: Claim, { unmerged }: Left) =>
      (merges?.refused() ?? []).some((num) => unmerged.includes(num)) &&
      !blocked_by.some(({ status }) => isLive(status))

    /** Looks around after a claim without a step. */
    const lookAround = (agentId: AgentId, claim: Claim, isFirst: boolean) =>
      Effect.gen(function* () {
        const { reason } = claim
        if (reason === undefined || ended !== undefined || running > 0) return
        if (reason === "no_such_scope") return yield* noSuchScope(claim)
        yield* mergeAll
        if (reason === "all_done" || reason === "project_aborted") return yield* end(reason)
        if (isEnd(reason) && (yield* takeUpAll(agentId))) return
        if (reason === "all_failed") return yield* end(reason)
        const mayBeStuck = merges === undefined ? !isFirst : merges.refused().length > 0
        const looks = reason === "failed_upstream" || (reason === "all_blocked" && mayBeStuck)
        const left = looks ? yield* remaining : undefined
        // What failed may be in nobody's way here.
        if (reason === "failed_upstream" && left?.failed.length !== 0) return yield* end(reason)
        if (left !== undefined && isStuck(claim, left)) return yield* end(reason)
        const unmerged = merges === undefined ? (left?.unmerged ?? []) : []
        const awaited = [reason, ...unmerged].join(" ")
        // Between two attempts there is often nothing for a moment.
        if (isFirst || waitingFor === awaited) return
        waitingFor = awaited
        yield* emit({ _tag: "Waiting", reason, ...(unmerged.length > 0 ? { unmerged } : {}) })
      })

    const slot = (number: number) =>
      Effect.gen(function* () {
        const agentId = agentOf(number)
        let wait = firstWait
        while (ended === undefined) {
          const { claim, how } = yield* turn(number, agentId, wait)
          if (how === undefined) yield* lookAround(agentId, claim, wait === firstWait)
          // The answers that come at once must not come all the time.
          const isSoon = how === "released" || (how === undefined && claim.reason === "all_done")
          if (isSoon) yield* Effect.race(Effect.sleep(wait), Deferred.await(over))
          wait = how === undefined || how === "released" ? doubled(wait) : firstWait
        }
      })

    // What is done for all slots is an act of the first.
    yield* takeUpAll(agentOf(1))
    yield* mergeAll
    yield* Effect.forkScoped(Effect.zipRight(until, end("stopped")))
    yield* Effect.all(
      Array.from({ length: agents }, (_, index) => slot(index + 1)),
      { concurrency: "unbounded", discard: true }
    )
    yield* mergeAll
    const { failed, unmerged } = yield* remaining
    return {
      ended: ended ?? "stopped",
      ...counts,
      merged: merges?.merged() ?? 0,
      failed_steps: failed,
      unmerged_steps: unmerged
    }
  }).pipe(Effect.scoped) as Effect.Effect<WorkSummary, WorkError, R>
