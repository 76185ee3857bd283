import * as Deferred from "effect/Deferred"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import type * as Scope from "effect/Scope"
import { Changes } from "../../services/Changes.ts"
import { Database } from "./Store.ts"
import { steadyMillis } from "./time.ts"

/** Listens from now on, and gives what waits for a sign that somebody writes, or is about to; undefined where it cannot listen. */
export type Hint = Effect.Effect<Effect.Effect<void> | undefined, never, Scope.Scope>

/** From a hint to the look, while the commit is on its way. Where one hint follows the other it grows, however much is written. */
const pause = { least: Duration.millis(30), most: Duration.millis(100) }

/** A commit that takes longer gives no second hint at its end: it is looked for again after these times. */
const followUps = [60, 120, 240, 480].map(Duration.millis)

/** Where there are no hints, changes are noticed by looking. */
const lookEvery = Duration.millis(100)

/** Where there are, such looks are for what they miss. Each costs a millisecond or more: the processor has long been with others. */
const lookAllTheSame = Duration.seconds(1)

/** Changes in a row that nothing hinted at, after which hints are not relied on any more. */
const maxMissed = 3

/** Other connections' commits count in data_version, this one's rows in total_changes(). */
const version = "SELECT data_version || '/' || total_changes() AS version FROM pragma_data_version"

/** Looks at the database's version for as long as somebody watches. @param hint when there is reason to look, if that is known */
export const layer = (hint?: Hint): Layer.Layer<Changes, never, Database> =>
  Layer.scoped(
    Changes,
    Effect.gen(function* () {
      const db = yield* Database
      const isWatched = yield* Effect.makeLatch()
      /** How much later than at once each of them can be told. */
      const watchers = new Set<() => Duration.Duration>()
      let missed = 0
      /** What the last look saw: where nobody has watched since, the next one tells of what was written meanwhile. */
      let seen: string | undefined
      /** How often a change was seen, and what is done when the next one is. */
      let changes = 0
      let next = yield* Deferred.make<void>()

      /** Whether there is a change. */
      const look = Effect.gen(function* () {
        const row = yield* db.read((tx) => tx.first<{ version: string }>(version, []))
        if (row?.version === seen) return false
        seen = row?.version
        changes++
        const told = next
        next = yield* Deferred.make<void>()
        yield* Deferred.succeed(told, undefined)
        return true
      }).pipe(
        // Whoever waits looks again after a while in any case.
        Effect.catchAllCause((cause) =>
          Effect.as(Effect.logDebug("the database's version could not be read", cause), false)
        )
      )

      // Fibers of the layer's own: one of whoever watches first might be in a transaction of the host's, and would stay in it. And
      // none that race each other: to start one costs as much as a look.

      const followUp = Effect.forEach(followUps, (after) => Effect.zipRight(Effect.sleep(after), look), {
        discard: true
      })

      let isHinted = false
      let untilLook = pause.least
      const byHints = (hint: Hint) =>
        Effect.gen(function* () {
          yield* isWatched.await
          // Before the look: what comes after it is not missed.
          const hinted = yield* hint
          if (hinted === undefined) {
            missed = Infinity
            return yield* Effect.sleep(lookAllTheSame)
          }
          const since = yield* steadyMillis
          if (!(yield* look) && isHinted) yield* Effect.forkScoped(followUp)
          yield* hinted
          const isCalm = (yield* steadyMillis) - since > Duration.toMillis(pause.most)
          untilLook = isCalm ? pause.least : Duration.min(Duration.times(untilLook, 2), pause.most)
          isHinted = true
          missed = 0
          const patience = Array.from(watchers, (each) => each()).reduce(Duration.min, Duration.infinity)
          if (watchers.size > 0) yield* Effect.sleep(Duration.sum(untilLook, patience))
        }).pipe(Effect.scoped)

      const byTime = Effect.gen(function* () {
        yield* isWatched.await
        yield* Effect.sleep(hint === undefined || missed > maxMissed ? lookEvery : lookAllTheSame)
        if (yield* look) missed++
      })

      yield* Effect.forkScoped(Effect.forever(byTime))
      if (hint !== undefined) yield* Effect.forkScoped(Effect.forever(byHints(hint)))

      const watch = (patience: () => Duration.Duration) => {
        // One of its own: watchers may have the same patience.
        const watcher = () => patience()
        const join = Effect.suspend(() => {
          watchers.add(watcher)
          return isWatched.open
        })
        const leave = Effect.suspend(() => {
          watchers.delete(watcher)
          return watchers.size === 0 ? isWatched.close : Effect.void
        })
        return Effect.map(
          Effect.acquireRelease(join, () => leave),
          () => {
            let known = changes
            return Effect.suspend(() => (known === changes ? Deferred.await(next) : Effect.void)).pipe(
              Effect.zipRight(
                Effect.sync(() => {
                  known = changes
                })
              )
            )
          }
        )
      }

      return Changes.of({ watch: watch(() => Duration.zero), watchWithDelay: watch })
    })
  )
