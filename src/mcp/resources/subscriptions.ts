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

/** Maximum number of subscriptions of a client. Polling all of them takes about a second. */
const maxSubscriptions = 1_000

/** Minimum time between two polls. */
const minPause = Duration.millis(500)

/** Pause after a poll: 9 times its duration, because agents come first and the client may read slowly. */
const maxPause = Duration.seconds(10)
const pauseAfter = (poll: Duration.Duration) =>
  Duration.clamp(Duration.times(poll, 9), { minimum: minPause, maximum: maxPause })

/** Lets pending requests start. Fibers alone would not yield to the event loop while they have work. */
const yieldToRequests = Effect.async<void>((resume) => {
  const timer = setImmediate(() => resume(Effect.void))
  return Effect.sync(() => clearImmediate(timer))
})

/** The subscriptions of a client. */
export interface Subscriptions {
  /** Notifies the client of changes from now on. Fails with NotFound if the resource does not exist. */
  readonly add: (uri: string) => Effect.Effect<void, ProtocolError | NotFound | InvalidInput | StorageError>
  readonly remove: (uri: string) => Effect.Effect<void>
  /** Ends all subscriptions. */
  readonly end: Effect.Effect<void>
}

interface Subscription {
  readonly resource: Resource
  /** Fingerprint that the client last read or was last notified of. */
  seen: string
}

/** Fingerprint of a deleted resource, because a deletion is a change, too. */
const gone = "gone"

/**
 * Makes the subscriptions of one client, which end with the scope. While there are any, it watches the database for
 * writes by any process and compares fingerprints. Without subscriptions it watches nothing, so a client gets list
 * changes only while it has one. See docs/architecture.md, "MCP".
 *
 * @param notify called for each changed resource, and if the set of projects changed
 */
export const make = (
  notify: (method: string, params: object) => Effect.Effect<void>
): Effect.Effect<Subscriptions, never, Projects | Steps | Completions | Changes | Scope.Scope> =>
  Effect.gen(function* () {
    const context = yield* Effect.context<Projects | Steps>()
    const scope = yield* Effect.scope
    const changes = yield* Changes
    const completions = yield* Completions
    const all = new Map<string, Subscription>()
    const exclusive = (yield* Effect.makeSemaphore(1)).withPermits(1)
    let projects = ""
    let watcher: Fiber.RuntimeFiber<void> | undefined
    let isOpen = true

    const contentOf = (resource: Resource) => Effect.provide(Effect.map(read(resource), fingerprint), context)
    const projectSet = Effect.map(completions.projectSet, digest)

    const checkProjectList = Effect.gen(function* () {
      const now = yield* projectSet
      if (now === projects) return
      projects = now
      yield* notify("notifications/resources/list_changed", {})
    })

    const checkResource = (uri: string, subscription: Subscription) =>
      Effect.gen(function* () {
        const now = yield* Effect.catchTag(contentOf(subscription.resource), "NotFound", () => Effect.succeed(gone))
        // The client may have unsubscribed meanwhile.
        if (now === subscription.seen || all.get(uri) !== subscription) return
        subscription.seen = now
        yield* notify("notifications/resources/updated", { uri })
      })

    /** Returns whether all resources could be read. */
    const poll = Effect.gen(function* () {
      // Holds the lock: a pending subscription has read its content by now, or will read it after the change.
      const checks = yield* exclusive(
        Effect.sync(() => [...all].map(([uri, subscription]) => checkResource(uri, subscription)))
      )
      const done = yield* Effect.forEach([checkProjectList, ...checks], (one) =>
        Effect.as(one, true).pipe(
          Effect.catchAllCause((cause) =>
            Effect.as(Effect.logDebug("a subscribed resource could not be read", cause), false)
          ),
          Effect.zipLeft(yieldToRequests)
        )
      )
      return done.every((isDone) => isDone)
    })

    const watch = Effect.scoped(
      Effect.gen(function* () {
        const change = yield* changes.watch
        while (true) {
          const [took, isComplete] = yield* Effect.timed(poll)
          yield* Effect.sleep(pauseAfter(took))
          if (isComplete) yield* change
        }
      })
    )

    const stop = Effect.suspend(() => {
      const fiber = watcher
      watcher = undefined
      return fiber === undefined ? Effect.void : Fiber.interruptFork(fiber)
    })

    return {
      add: (uri) =>
        exclusive(
          Effect.gen(function* () {
            const resource = yield* resourceOf(uri)
            if (all.has(uri)) return
            if (all.size === maxSubscriptions) {
              return yield* Effect.fail(
                invalidParams(`there are ${maxSubscriptions} subscriptions already: end some of them first`)
              )
            }
            const seen = yield* contentOf(resource)
            if (watcher === undefined) projects = yield* projectSet
            yield* Effect.uninterruptible(
              Effect.suspend(() => {
                if (!isOpen) return Effect.void
                all.set(uri, { resource, seen })
                if (watcher !== undefined) return Effect.void
                return Effect.map(Effect.forkIn(Effect.interruptible(watch), scope), (fiber) => {
                  watcher = fiber
                })
              })
            )
          })
        ),
      remove: (uri) => exclusive(Effect.suspend(() => (all.delete(uri) && all.size === 0 ? stop : Effect.void))),
      // Takes no lock: a disconnected client must not wait for a poll.
      end: Effect.suspend(() => {
        isOpen = false
        all.clear()
        return stop
      })
    }
  })
