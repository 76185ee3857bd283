import * as Context from "effect/Context"
import type * as Effect from "effect/Effect"
import type { Style } from "../text/Style.ts"

/** Where a command's answer goes. */
export class Output extends Context.Tag("hq/cli/Output")<
  Output,
  {
    /** Whether the answer is one JSON object for a program. */
    readonly isJson: boolean
    /** Whether a person sees standard output as it is written. */
    readonly isTerminal: boolean
    /** Whether a person can be asked: standard input and standard error are a terminal. */
    readonly canAsk: boolean
    /** Asks a person one line, on standard error. Empty if there is no answer. */
    readonly ask: (question: string) => Effect.Effect<string>
    readonly style: Style
    /** Data, on standard output. A line end follows. */
    readonly out: (text: string) => Effect.Effect<void>
    /** All else, on standard error. A line end follows. */
    readonly say: (text: string) => Effect.Effect<void>
  }
>() {}
