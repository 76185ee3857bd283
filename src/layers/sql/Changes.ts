import * as Deferred from "effect/Deferred"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { Changes } from "../../services/Changes.ts"
import { Database } from "./Database.ts"

/** How soon a change is noticed. A look costs some 50 µs, so that an idle process spends a thousandth of a core. */
const lookEvery = Duration.millis(50)

/** Other connections' commits count in data_version, this one's rows in total_changes(). */
const version = "SELECT data_version || '/' || total_changes() AS version FROM pragma_data_version"

/** Looks at the database's version for as long as somebody watches. */
export const layer: Layer.Layer<Changes, never, Database> = Layer.scoped(
  Changes,
  Effect.gen(function* () {
    const db = yield* Database
    const scope = yield* Effect.scope
    let watchers = 0
    let isLooking = false
    let seen: string | undefined
    /** How often a change was seen, and what is done when the next one is. */
    let changes = 0
    let next = Deferred.unsafeMake<void>(yield* Effect.fiberId)

    const look = Effect.gen(function* () {
      const row = yield* db.read((tx) => tx.first<{ version: string }>(version, []))
      if (row?.version === seen) return
      seen = row?.version
      changes++
      const told = next
      next = yield* Deferred.make<void>()
      yield* Deferred.succeed(told, undefined)
    }).pipe(
      // Whoever waits looks again after a while in any case.
      Effect.catchAllCause((cause) => Effect.logDebug("the database's version could not be read", cause))
    )

    const looking = Effect.suspend(() => {
      if (watchers > 0) return Effect.as(Effect.zipRight(Effect.sleep(lookEvery), look), true)
      isLooking = false
      return Effect.succeed(false)
    }).pipe(Effect.repeat({ while: (goesOn) => goesOn }))

    return Changes.of({
      watch: Effect.gen(function* () {
        yield* Effect.acquireRelease(
          Effect.sync(() => watchers++),
          () => Effect.sync(() => watchers--)
        )
        if (!isLooking) {
          isLooking = true
          // Nobody else would begin to look if this were cut short.
          yield* Effect.uninterruptible(Effect.zipRight(look, Effect.forkIn(Effect.interruptible(looking), scope)))
        }
        let known = changes
        return Effect.suspend(() => (known === changes ? Deferred.await(next) : Effect.void)).pipe(
          Effect.zipRight(
            Effect.sync(() => {
              known = changes
            })
          )
        )
      })
    })
  })
)
