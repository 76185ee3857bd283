import * as Context from "effect/Context"
import type * as Effect from "effect/Effect"

/** Signals to this process. The first SIGINT or SIGTERM interrupts the command in any case. */
export class Signals extends Context.Tag("hq/cli/Signals")<
  Signals,
  {
    /** Ends with the next of these signals, which then does not end the process. */
    readonly next: (...names: ReadonlyArray<NodeJS.Signals>) => Effect.Effect<NodeJS.Signals>
  }
>() {}
