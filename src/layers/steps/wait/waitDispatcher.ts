import type { SqlError } from "@effect/sql/SqlError"
import * as Deferred from "effect/Deferred"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import type * as Scope from "effect/Scope"
import type { Outcome } from "../../../domain/ClaimOutcome.ts"
import type { ClaimStep } from "../../../domain/Requests.ts"
import type { Changes } from "../../../services/Changes.ts"
import { fileOverlaps } from "../../plan/fileOverlaps.ts"
import type { Store } from "../../store/Store.ts"
import type { CallerSession } from "../../store/sessions.ts"
import { steadyMillis } from "../../store/time.ts"
import { isNamed } from "../claim/chooseStep.ts"
import { claimPreview, isTaken, type Preview } from "./claimPreview.ts"
import { type QueueTicket, waitQueue } from "./waitQueue.ts"

/** Longest time between two previews, whatever signal was missed. */
const pollEvery = Duration.seconds(5)

/**
 * How long ready steps are left to the calls that came first: longer than another process takes to notice a change, preview and claim. A
 * call that has not taken its step by then is dead or stands still.
 */
const grace = Duration.millis(150)

/**
 * A process whose calls are far back in the queue previews later, by this much for each ticket ahead of them: if 30 processes woke up at
 * once, those whose turn it is would share the processors with all the others.
 */
const delayPerTicket = Duration.millis(6)
const maxDelay = Duration.millis(120)

/** A call that waits. */
export interface WaitingCall {
  /** Resolves when the call may try to claim, or may no longer wait for a better outcome than the latest. */
  readonly turn: Effect.Effect<void>
  /** The latest preview that was begun since the call joined; undefined before the first. */
  readonly latest: Effect.Effect<Preview | undefined>
}

export interface WaitDispatcher {
  /**
   * Has previews made for the request until the scope closes.
   * @param ticket absent if the call has no place in the queue
   * @param mayWait whether the call may wait for a better outcome than this one
   */
  readonly join: (
    request: ClaimStep,
    ticket: QueueTicket | undefined,
    mayWait: (outcome: Outcome) => boolean
  ) => Effect.Effect<WaitingCall, never, Scope.Scope>
}

interface Waiter {
  readonly ticket: QueueTicket | undefined
  readonly mayWait: (outcome: Outcome) => boolean
  readonly turn: Deferred.Deferred<void>
  latest: Preview | undefined
}

/** Calls of this process that the same steps would serve: they need one preview. */
interface Group {
  readonly request: ClaimStep
  readonly waiters: Set<Waiter>
  /** The ticket at the head of the queue, and until when the steps are left to it. */
  head: { readonly id: number | undefined; readonly until: number } | undefined
}

/** A preview, and the waiters that it is for: one that joined after it began may know better. */
interface Previewed {
  readonly group: Group
  readonly waiters: ReadonlyArray<Waiter>
  readonly preview: Preview
}

/** What a preview depends on. The agent counts only for a named step, which it may hold itself. */
const kindOf = (request: ClaimStep): string => {
  const { agent_id, allow_overlap, project, scopes, step_id, step_num } = request
  return JSON.stringify([project, scopes, allow_overlap, step_id, step_num, isNamed(request) ? agent_id : undefined])
}

const order = ({ ticket }: Waiter) => ticket?.id ?? Number.MAX_SAFE_INTEGER

/** The waiters whose turn it is. */
const nextTurns = ({ group, preview, waiters }: Previewed, now: number): ReadonlyArray<Waiter> => {
  const { head } = group
  group.head = undefined
  if (preview._tag === "Nothing") return waiters.filter(({ mayWait }) => !mayWait(preview.outcome))
  if (isNamed(group.request)) return waiters
  const { first, steps } = preview
  const [id] = first
  const until = head !== undefined && head.id === id ? head.until : now + Duration.toMillis(grace)
  if (isTaken(preview) && now < until) {
    group.head = { id, until }
    const ahead = new Set(first)
    return waiters.filter(({ ticket }) => ticket !== undefined && ahead.has(ticket.id))
  }
  return [...waiters].sort((a, b) => order(a) - order(b)).slice(0, steps.length)
}

/**
 * Previews for the calls of this process that wait: after every change of the store, once for all calls that want the same. Ready steps
 * go to the tickets at the head of the queue, over all processes. If one of those does not take its step, others get it after a while.
 */
export const waitDispatcher = (
  store: Store["Type"],
  session: CallerSession,
  changes: Changes["Type"]
): Effect.Effect<WaitDispatcher, never, Scope.Scope> =>
  Effect.gen(function* () {
    const preview = claimPreview(store.sql, session)
    const queue = waitQueue(store.sql)
    const { settle } = fileOverlaps(store.sql)
    const groups = new Map<string, Group>()
    /** Open when there is reason for a preview. */
    const isDue = yield* Effect.makeLatch()
    /** The longest-waiting ticket at the last preview. */
    let head: number | undefined

    const leave = (group: Group, waiter: Waiter) => {
      // A waiter that got its turn has left already.
      if (!group.waiters.delete(waiter)) return
      const kind = kindOf(group.request)
      if (group.waiters.size === 0 && groups.get(kind) === group) groups.delete(kind)
      if (groups.size === 0) isDue.unsafeOpen()
    }

    const dispatch = (previewed: Previewed, now: number) => {
      for (const waiter of previewed.waiters) waiter.latest = previewed.preview
      for (const waiter of nextTurns(previewed, now)) {
        leave(previewed.group, waiter)
        Deferred.unsafeDone(waiter.turn, Effect.void)
      }
    }

    const previewFor = (group: Group, previewed: Effect.Effect<Preview, SqlError>) => {
      const waiters = [...group.waiters]
      return Effect.map(previewed, (preview): Previewed => ({ group, waiters, preview }))
    }

    const previewAll = store
      .read((tx) =>
        Effect.gen(function* () {
          head = yield* queue.head(tx)
          return yield* Effect.forEach([...groups.values()], (group) => previewFor(group, preview(tx, group.request)))
        })
      )
      .pipe(
        Effect.catchAll((error) => {
          // The next preview may get through.
          if (error._tag === "StorageBusy") return Effect.succeed([])
          const failed = Effect.succeed<Preview>({ _tag: "Nothing", outcome: Either.left(error) })
          return Effect.forEach([...groups.values()], (group) => previewFor(group, failed))
        }),
        Effect.flatMap((all) =>
          Effect.map(steadyMillis, (now) => {
            for (const previewed of all) dispatch(previewed, now)
          })
        ),
        Effect.catchAllCause((cause) => Effect.logWarning("no preview could be made for calls that wait", cause))
      )

    /** How much later than at once this process may preview. */
    const delay = () => {
      const ids = Array.from(groups.values(), ({ waiters }) => waiters.values().next().value?.ticket?.id ?? 0)
      const ahead = Math.max(0, Math.min(...ids) - (head ?? Number.MAX_SAFE_INTEGER))
      return Duration.min(Duration.times(delayPerTicket, ahead), maxDelay)
    }

    /** When the steps are left to the heads of the queue no longer. */
    const graceEnds = () => [...groups.values()].flatMap(({ head }) => (head === undefined ? [] : [head.until]))

    // Fibers that do not race each other: to start one costs as much as a preview.
    const watching = Effect.gen(function* () {
      const changed = yield* changes.watchWithDelay(delay)
      const every = (pause: Effect.Effect<void>) =>
        Effect.forkScoped(Effect.forever(Effect.zipRight(pause, isDue.open)))
      yield* every(changed)
      yield* every(Effect.sleep(pollEvery))
      for (;;) {
        yield* isDue.close
        if (groups.size === 0) return
        yield* previewAll
        // Not followed by another preview: the next change or poll brings it.
        yield* settle
        const left = Math.min(...graceEnds()) - (yield* steadyMillis)
        if (left < Infinity) yield* Effect.forkScoped(Effect.zipRight(Effect.sleep(Math.ceil(left)), isDue.open))
        yield* isDue.await
      }
    })
    yield* Effect.forkScoped(Effect.forever(Effect.zipRight(isDue.await, Effect.scoped(watching))))

    return {
      join: (request, ticket, mayWait) =>
        Effect.acquireRelease(
          Effect.map(Deferred.make<void>(), (turn) => {
            const kind = kindOf(request)
            const group: Group = groups.get(kind) ?? { request, waiters: new Set(), head: undefined }
            const waiter: Waiter = { ticket, mayWait, turn, latest: undefined }
            groups.set(kind, group)
            group.waiters.add(waiter)
            isDue.unsafeOpen()
            return { group, waiter }
          }),
          ({ group, waiter }) => Effect.sync(() => leave(group, waiter))
        ).pipe(
          Effect.map(({ waiter }) => ({
            turn: Deferred.await(waiter.turn),
            latest: Effect.sync(() => waiter.latest)
          }))
        )
    }
  })
