import * as Context from "effect/Context"
import type * as Effect from "effect/Effect"
import type { Style } from "../text/Style.ts"

/** Where a command's answer goes. */
export class Output extends Context.Tag("hq/cli/Output")<
  Output,
  {
    /** Whether the answer is one JSON object for a program. */
    readonly isJson: boolean
    /** Whether standard output is a terminal that can be drawn over. */
    readonly canOverdraw: boolean
    /** Whether a person can be asked: standard input and standard error are a terminal. */
    readonly canAsk: boolean
    /** Asks a person one line, on standard error. Empty if there is no answer. */
    readonly ask: (question: string) => Effect.Effect<string>
    readonly style: Style
    /** The same for what is said: standard error may be a terminal where standard output is none, or the other way round. */
    readonly sayStyle: Style
    /** Columns and rows of the terminal at present; 0 if there is none. */
    readonly size: () => { readonly columns: number; readonly rows: number }
    /** Data, on standard output. A line end follows. */
    readonly out: (text: string) => Effect.Effect<void>
    /** Data as it is, such as what redraws a terminal. */
    readonly write: (text: string) => Effect.Effect<void>
    /** All else, on standard error. A line end follows. */
    readonly say: (text: string) => Effect.Effect<void>
    /**
     * Draws lines at the end of standard error, over those that were drawn before; what is said stays above them. Undefined if standard
     * error is no terminal that can be drawn over.
     *
     * @param above lines to say before
     */
    readonly draw: ((lines: ReadonlyArray<string>, above: ReadonlyArray<string>) => Effect.Effect<void>) | undefined
  }
>() {}
