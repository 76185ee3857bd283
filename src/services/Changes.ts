import * as Context from "effect/Context"
import type * as Duration from "effect/Duration"
import type * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"

/** Tells of writes to the database, whichever process made them. */
export class Changes extends Context.Tag("hq/Changes")<
  Changes,
  {
    /**
     * Watches from now on. What it gives waits until something may have been written since it was last done waiting, or since the
     * watch began; nothing that was written is missed, and now and then it tells of nothing.
     */
    readonly watch: Effect.Effect<Effect.Effect<void>, never, Scope.Scope>

    /**
     * As `watch`, by somebody who can be told later, so that not all processes wake up at once.
     *
     * @param patience how much later, as of now
     */
    readonly watchWithDelay: (
      patience: () => Duration.Duration
    ) => Effect.Effect<Effect.Effect<void>, never, Scope.Scope>
  }
>() {}
