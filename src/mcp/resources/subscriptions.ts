import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import type * as Scope from "effect/Scope"
import type { InvalidInput, NotFound, StorageError } from "../../domain/Errors.ts"
import { Changes } from "../../services/Changes.ts"
import { Completions } from "../../services/Completions.ts"
import type { Projects } from "../../services/Projects.ts"
import type { Steps } from "../../services/Steps.ts"
import { invalidParams, type ProtocolError } from "../ProtocolError.ts"
import { digest, fingerprint } from "./fingerprint.ts"
import { read } from "./readResource.ts"
import { type Resource, resourceOf } from "./uris.ts"

/** How many a client may have: a look at all of them then still takes about a second. */
const most = 1_000

/** From one look to the next at the least. */
const shortestPause = Duration.millis(500)

/** A look that takes long is followed by a pause nine times as long: agents come first. The client may have been slow to read, too. */
const longestPause = Duration.seconds(10)
const pauseAfter = (look: Duration.Duration) =>
  Duration.clamp(Duration.times(look, 9), { minimum: shortestPause, maximum: longestPause })

/** Until the requests that have come in meanwhile are at work: fibers alone would go on for as long as they have something to do. */
const letOthersBegin = Effect.async<void>((resume) => {
  const timer = setImmediate(() => resume(Effect.void))
  return Effect.sync(() => clearImmediate(timer))
})

/** What a client has subscribed to. */
export interface Subscriptions {
  /** Tells of changes from now on. NotFound where there is nothing of that URI now. */
  readonly add: (uri: string) => Effect.Effect<void, ProtocolError | NotFound | InvalidInput | StorageError>
  readonly remove: (uri: string) => Effect.Effect<void>
  /** Ends all of them. */
  readonly end: Effect.Effect<void>
}

interface Subscription {
  readonly resource: Resource
  /** Fingerprint of what the client knows, or was told to read again. */
  seen: string
}

/** A deleted resource is a change, too: that there is nothing left is what the client will find. */
const gone = "gone"

/**
 * The subscriptions of one client, which end with the scope. While there are any, changes of the database by whichever process are
 * watched, and each resource compared with what it was: `notify` is called for those that changed, and where the set of projects
 * did. While there are none, nothing is watched; so the list's changes are told only to clients that have a subscription.
 */
export const make = (
  notify: (method: string, params: object) => Effect.Effect<void>
): Effect.Effect<Subscriptions, never, Projects | Steps | Completions | Changes | Scope.Scope> =>
  Effect.gen(function* () {
    const context = yield* Effect.context<Projects | Steps>()
    const scope = yield* Effect.scope
    const changes = yield* Changes
    const names = yield* Completions
    const all = new Map<string, Subscription>()
    const oneByOne = (yield* Effect.makeSemaphore(1)).withPermits(1)
    let projects = ""
    let watching: Fiber.RuntimeFiber<void> | undefined
    let isOpen = true

    const contentOf = (resource: Resource) => Effect.provide(Effect.map(read(resource), fingerprint), context)
    const projectSet = Effect.map(names.projectSet, digest)

    const lookAtList = Effect.gen(function* () {
      const now = yield* projectSet
      if (now === projects) return
      projects = now
      yield* notify("notifications/resources/list_changed", {})
    })

    const lookAt = (uri: string, subscription: Subscription) =>
      Effect.gen(function* () {
        const now = yield* Effect.catchTag(contentOf(subscription.resource), "NotFound", () => Effect.succeed(gone))
        // The client may have ended it meanwhile.
        if (now === subscription.seen || all.get(uri) !== subscription) return
        subscription.seen = now
        yield* notify("notifications/resources/updated", { uri })
      })

    /** Whether all could be read. */
    const look = Effect.gen(function* () {
      // In its turn: a subscription that is being made has read its content, or will read it after the change looked for here.
      const looks = yield* oneByOne(Effect.sync(() => [...all].map(([uri, subscription]) => lookAt(uri, subscription))))
      const done = yield* Effect.forEach([lookAtList, ...looks], (one) =>
        Effect.as(one, true).pipe(
          Effect.catchAllCause((cause) =>
            Effect.as(Effect.logDebug("a subscribed resource could not be read", cause), false)
          ),
          Effect.zipLeft(letOthersBegin)
        )
      )
      return done.every((isDone) => isDone)
    })

    const watch = Effect.scoped(
      Effect.gen(function* () {
        const change = yield* changes.watch
        while (true) {
          const [took, isComplete] = yield* Effect.timed(look)
          yield* Effect.sleep(pauseAfter(took))
          if (isComplete) yield* change
        }
      })
    )

    const stop = Effect.suspend(() => {
      const fiber = watching
      watching = undefined
      return fiber === undefined ? Effect.void : Fiber.interruptFork(fiber)
    })

    return {
      add: (uri) =>
        oneByOne(
          Effect.gen(function* () {
            const resource = yield* resourceOf(uri)
            if (all.has(uri)) return
            if (all.size === most) {
              return yield* Effect.fail(
                invalidParams(`there are ${most} subscriptions already: end some of them first`)
              )
            }
            const seen = yield* contentOf(resource)
            if (watching === undefined) projects = yield* projectSet
            yield* Effect.uninterruptible(
              Effect.suspend(() => {
                if (!isOpen) return Effect.void
                all.set(uri, { resource, seen })
                if (watching !== undefined) return Effect.void
                return Effect.map(Effect.forkIn(Effect.interruptible(watch), scope), (fiber) => {
                  watching = fiber
                })
              })
            )
          })
        ),
      remove: (uri) => oneByOne(Effect.suspend(() => (all.delete(uri) && all.size === 0 ? stop : Effect.void))),
      // Not in its turn: a client that has gone waits for nobody who reads.
      end: Effect.suspend(() => {
        isOpen = false
        all.clear()
        return stop
      })
    }
  })
