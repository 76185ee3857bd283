import * as Deferred from "effect/Deferred"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import type * as Scope from "effect/Scope"
import { Changes } from "../../services/Changes.ts"
import { Store } from "./Store.ts"
import { steadyMillis } from "./time.ts"

/** Listens from now on, and returns a wait for the next sign of a write; undefined if it cannot listen. */
export type ChangeSignal = Effect.Effect<Effect.Effect<void> | undefined, never, Scope.Scope>

/** From a signal to the poll, while the commit is on its way. Grows while one signal follows the other, however much is written. */
const delay = { min: Duration.millis(30), max: Duration.millis(100) }

/** A commit that takes longer gives no second signal at its end: the store is polled again after these times. */
const followUps = [60, 120, 240, 480].map(Duration.millis)

/** Without signals, changes are noticed by polling. */
const pollEvery = Duration.millis(100)

/** With signals, polls are for what they miss. Each poll costs a millisecond or more: the processor has long been with others. */
const pollBesideSignals = Duration.seconds(2)

/** After this many changes in a row without a signal, signals are not relied on any more. */
const maxMissed = 3

/** Polls the store's version for as long as somebody watches. @param signal tells when there is reason to poll */
export const layer = (signal?: ChangeSignal): Layer.Layer<Changes, never, Store> =>
  Layer.scoped(
    Changes,
    Effect.gen(function* () {
      const store = yield* Store
      const isWatched = yield* Effect.makeLatch()
      /** How much later than at once each watcher can be notified. */
      const watchers = new Set<() => Duration.Duration>()
      let missed = 0
      /** The version at the last poll. If nobody has watched since, the next poll notifies of what was written meanwhile. */
      let seen: string | undefined
      /** How many changes were seen, and what is done at the next one. */
      let changes = 0
      let next = yield* Deferred.make<void>()

      /** Returns whether there is a change. */
      const poll = Effect.gen(function* () {
        const version = yield* store
          .read((tx) => tx.first<{ version: string }>(store.sql.changeVersion, []))
          .pipe(
            Effect.map((row) => row?.version),
            // Such as after a migration by a newer hq: those who wait are to find that out, once.
            Effect.catchTag("StorageFailure", () => Effect.succeed("none"))
          )
        if (version === seen) return false
        seen = version
        changes++
        const notified = next
        next = yield* Deferred.make<void>()
        yield* Deferred.succeed(notified, undefined)
        return true
      }).pipe(
        // Whoever waits polls again after a while in any case.
        Effect.catchAllCause((cause) =>
          Effect.as(Effect.logDebug("the database's version could not be read", cause), false)
        )
      )

      // Fibers of the layer's own: a fiber of the first watcher might be in a host's transaction, and would stay in it. And none that
      // race each other, because to start one costs as much as a poll.

      const followUp = Effect.forEach(followUps, (after) => Effect.zipRight(Effect.sleep(after), poll), {
        discard: true
      })

      let isSignalled = false
      let untilPoll = delay.min
      const bySignals = (signal: ChangeSignal) =>
        Effect.gen(function* () {
          yield* isWatched.await
          // Before the poll: what comes after it is not missed.
          const signalled = yield* signal
          if (signalled === undefined) {
            missed = Infinity
            return yield* Effect.sleep(pollBesideSignals)
          }
          const since = yield* steadyMillis
          if (!(yield* poll) && isSignalled) yield* Effect.forkScoped(followUp)
          yield* signalled
          const isCalm = (yield* steadyMillis) - since > Duration.toMillis(delay.max)
          untilPoll = isCalm ? delay.min : Duration.min(Duration.times(untilPoll, 2), delay.max)
          isSignalled = true
          missed = 0
          const shortest = Array.from(watchers, (each) => each()).reduce(Duration.min, Duration.infinity)
          if (watchers.size > 0) yield* Effect.sleep(Duration.sum(untilPoll, shortest))
        }).pipe(Effect.scoped)

      const byTime = Effect.gen(function* () {
        yield* isWatched.await
        yield* Effect.sleep(signal === undefined || missed > maxMissed ? pollEvery : pollBesideSignals)
        if (yield* poll) missed++
      })

      yield* Effect.forkScoped(Effect.forever(byTime))
      if (signal !== undefined) yield* Effect.forkScoped(Effect.forever(bySignals(signal)))

      const watch = (delay: () => Duration.Duration) => {
        // A function of its own: several watchers may have the same delay.
        const watcher = () => delay()
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
