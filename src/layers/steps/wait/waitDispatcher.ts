import type { SqlError } from "@effect/sql/SqlError"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import type * as Scope from "effect/Scope"
import { isWorthWaiting, type Outcome } from "../../../domain/ClaimOutcome.ts"
import type { ClaimStep } from "../../../domain/Requests.ts"
import type { Changes } from "../../../services/Changes.ts"
import type { Database } from "../../store/Store.ts"
import { steadyMillis } from "../../store/time.ts"
import { isNamed } from "../claim/chooseStep.ts"
import { type Look, looking } from "./claimPreview.ts"
import { type Place, waiters } from "./waitQueue.ts"

/** A look comes at the latest then, whatever was missed. */
const relook = Duration.seconds(5)

/**
 * How long steps are left to those who came first: for longer than another process takes to notice a change, look and claim. Whoever
 * has not taken its step by then is dead, or stands still.
 */
const grace = Duration.millis(150)

/**
 * A process whose calls are far back in line looks later, by so much for each place before them: where 30 processes woke up at once, those
 * whose turn it is would share the processors with all the others.
 */
const patienceByPlace = Duration.millis(6)
const mostPatience = Duration.millis(120)

/** A call that waits. */
export interface Waiter {
  readonly request: ClaimStep
  /** Absent where it stands in no line. */
  readonly place: Place | undefined
  /** What the call would have to be answered with; undefined while there are steps for it. */
  outcome: Outcome | undefined
}

/** Calls of this process for which the same steps will do: they need one look. */
interface Group {
  readonly request: ClaimStep
  readonly calls: Map<Waiter, () => void>
  /** Who is first in line, and from when on the others of this process need not leave the steps to it. */
  head: { readonly id: number | undefined; readonly until: number } | undefined
}

/** A look, and the calls that it is for: who joined after it began may know better. */
interface Found {
  readonly group: Group
  readonly waiting: ReadonlyArray<Waiter>
  readonly look: Look
}

/** What a look depends on: of the caller itself only where it names a step, which it may hold. */
const kindOf = (request: ClaimStep): string => {
  const { agent_id, allow_overlap, project, scopes, step_id, step_num } = request
  return JSON.stringify([project, scopes, allow_overlap, step_id, step_num, isNamed(request) ? agent_id : undefined])
}

const order = ({ place }: Waiter) => place?.id ?? Number.MAX_SAFE_INTEGER

export interface Lookout {
  /** Waits until the waiter may try to claim, or its outcome is not worth waiting on. */
  readonly called: (waiter: Waiter) => Effect.Effect<void>
}

/**
 * Looks for the calls of this process that wait: after every change, once for all who want the same. Steps that are ready go to
 * those who are first in line among the calls of all processes; where one of them does not come for its step, to others after a while.
 */
export const lookout = (db: Database["Type"], changes: Changes["Type"]): Effect.Effect<Lookout, never, Scope.Scope> =>
  Effect.gen(function* () {
    const look = looking(db.tables)
    const line = waiters(db.tables)
    const groups = new Map<string, Group>()
    /** Open when there is reason to look. */
    const isDue = yield* Effect.makeLatch()
    /** Who waited longest, at the last look. */
    let head: number | undefined

    const leave = (group: Group, waiter: Waiter) => {
      const kind = kindOf(group.request)
      group.calls.delete(waiter)
      if (group.calls.size === 0 && groups.get(kind) === group) groups.delete(kind)
      if (groups.size === 0) isDue.unsafeOpen()
    }

    /** Whose turn it is. */
    const called = ({ group, look, waiting }: Found, now: number): ReadonlyArray<Waiter> => {
      const { head } = group
      group.head = undefined
      if (look._tag === "Nothing") return isWorthWaiting(look.outcome, group.request) ? [] : waiting
      if (isNamed(group.request)) return waiting
      const { first, steps } = look
      const [id] = first
      const until = head !== undefined && head.id === id ? head.until : now + Duration.toMillis(grace)
      if (first.length === steps && now < until) {
        group.head = { id, until }
        const ahead = new Set(first)
        return waiting.filter(({ place }) => place !== undefined && ahead.has(place.id))
      }
      return [...waiting].sort((a, b) => order(a) - order(b)).slice(0, steps)
    }

    const tell = (found: Found, now: number) => {
      const outcome = found.look._tag === "Nothing" ? found.look.outcome : undefined
      for (const waiter of found.waiting) waiter.outcome = outcome
      for (const waiter of called(found, now)) {
        const wake = found.group.calls.get(waiter)
        leave(found.group, waiter)
        wake?.()
      }
    }

    const lookFor = (group: Group, looked: Effect.Effect<Look, SqlError>) => {
      const waiting = [...group.calls.keys()]
      return Effect.map(looked, (look): Found => ({ group, waiting, look }))
    }
    const lookForAll = db
      .read((tx) =>
        Effect.gen(function* () {
          head = yield* line.head(tx)
          return yield* Effect.forEach([...groups.values()], (group) => lookFor(group, look(tx, group.request)))
        })
      )
      .pipe(
        Effect.catchAll((error) => {
          // The next look may come through.
          if (error._tag === "StorageBusy") return Effect.succeed([])
          const failed = Effect.succeed<Look>({ _tag: "Nothing", outcome: Either.left(error) })
          return Effect.forEach([...groups.values()], (group) => lookFor(group, failed))
        }),
        Effect.flatMap((found) =>
          Effect.map(steadyMillis, (now) => {
            for (const each of found) tell(each, now)
          })
        ),
        Effect.catchAllCause((cause) => Effect.logWarning("there was no look for calls that wait", cause))
      )

    const patience = () => {
      const places = Array.from(groups.values(), ({ calls }) => calls.keys().next().value?.place?.id ?? 0)
      const ahead = Math.max(0, Math.min(...places) - (head ?? Number.MAX_SAFE_INTEGER))
      return Duration.min(Duration.times(patienceByPlace, ahead), mostPatience)
    }

    /** Ends of the times for which steps are left to others. */
    const ends = () => [...groups.values()].flatMap(({ head }) => (head === undefined ? [] : [head.until]))

    // Fibers that do not race each other: to start one costs as much as a look.
    const watching = Effect.gen(function* () {
      const changed = yield* changes.watchWithDelay(patience)
      const every = (pause: Effect.Effect<void>) =>
        Effect.forkScoped(Effect.forever(Effect.zipRight(pause, isDue.open)))
      yield* every(changed)
      yield* every(Effect.sleep(relook))
      for (;;) {
        yield* isDue.close
        if (groups.size === 0) return
        yield* lookForAll
        const grace = Math.min(...ends()) - (yield* steadyMillis)
        if (grace < Infinity) yield* Effect.forkScoped(Effect.zipRight(Effect.sleep(Math.ceil(grace)), isDue.open))
        yield* isDue.await
      }
    })
    yield* Effect.forkScoped(Effect.forever(Effect.zipRight(isDue.await, Effect.scoped(watching))))

    return {
      called: (waiter) =>
        Effect.async((resume) => {
          const kind = kindOf(waiter.request)
          const group: Group = groups.get(kind) ?? { request: waiter.request, calls: new Map(), head: undefined }
          groups.set(kind, group)
          group.calls.set(waiter, () => resume(Effect.void))
          isDue.unsafeOpen()
          return Effect.sync(() => leave(group, waiter))
        })
    }
  })
