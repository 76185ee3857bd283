import * as Context from "effect/Context"
import type * as Duration from "effect/Duration"
import type * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"

/** Notifies watchers of writes to the database by any process. See docs/architecture.md, "Waiting". */
export class Changes extends Context.Tag("hq/Changes")<
  Changes,
  {
    /**
     * Starts a watch that ends with the scope. Returns an effect that waits for the next write since it last completed,
     * or since the watch began. It misses no write, but may complete without one.
     */
    readonly watch: Effect.Effect<Effect.Effect<void>, never, Scope.Scope>

    /**
     * Same as `watch`, for a watcher that accepts a delay so that not all processes wake up at once.
     *
     * @param delay returns how late a notification may come, at present
     */
    readonly watchWithDelay: (delay: () => Duration.Duration) => Effect.Effect<Effect.Effect<void>, never, Scope.Scope>
  }
>() {}
