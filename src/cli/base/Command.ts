import type * as Args from "@effect/cli/Args"
import * as CliCommand from "@effect/cli/Command"
import * as Options from "@effect/cli/Options"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import type { Coordination } from "../../services/Coordination.ts"
import type { Worker } from "../../services/Worker.ts"
import type { Style } from "../text/Style.ts"
import { type ExitCode, exitCode } from "./exitCode.ts"
import { type CommandError, Ended } from "./failures.ts"
import { type Opening, withStore } from "./Opening.ts"
import { Output } from "./Output.ts"
import type { Signals } from "./Signals.ts"

/** Version of the JSON that commands answer with. A field that goes, or means something else, raises it. */
export const jsonFormat = 1

/** A command line, and what it does. */
export type Example = readonly [line: string, what: string]

/** Options that every command has. */
export const everywhere = {
  json: Options.boolean("json").pipe(Options.withDescription("Answer with one JSON object")),
  noColor: Options.boolean("no-color").pipe(Options.withDescription("No colours, as with NO_COLOR"))
}

/** Makes a function that writes an answer as one line of JSON. @param answer its schema */
export const jsonLine = <A, I extends object>(answer: Schema.Schema<A, I>): ((result: A) => string) => {
  const encode = Schema.encodeSync(answer)
  return (result) => JSON.stringify({ format: jsonFormat, ...encode(result) })
}

/** All commands as the parser has them, for a command that tells of the others. */
export class AllCommands extends Context.Tag("hq/cli/AllCommands")<
  AllCommands,
  // biome-ignore lint/suspicious/noExplicitAny: commands take any options.
  CliCommand.Command<any, Needs, any, any>
>() {}

/** What a command needs to run. */
export type Needs = Opening | Output | Signals | AllCommands

// biome-ignore lint/suspicious/noExplicitAny: a command may take any options and arguments.
type AnyConfig = Record<string, Args.Args<any> | Options.Options<any>>

export interface Entry {
  /** As it is typed, such as "plan check". */
  readonly path: ReadonlyArray<string>
  /** One line. */
  readonly summary: string
  readonly examples: ReadonlyArray<Example>
  /** What the program is for that its command line ends with, after `--`. Undefined if it takes none. */
  readonly program: string | undefined
  /** The schema of its JSON. */
  // biome-ignore lint/suspicious/noExplicitAny: of any type.
  readonly answer: Schema.Schema<any, any>
  // biome-ignore lint/suspicious/noExplicitAny: it takes any options.
  readonly command: CliCommand.Command<any, Needs, CommandError | Ended, any>
}

export interface Definition<Config extends AnyConfig, A extends object, I extends object, R> {
  readonly path: string
  readonly summary: string
  readonly examples: ReadonlyArray<Example>
  readonly takes: Config
  /** If its command line ends with another program's, after `--`: what that is for. */
  readonly program?: string
  readonly answer: Schema.Schema<A, I>
  readonly run: (given: CliCommand.Command.ParseConfig<Config>) => Effect.Effect<A, CommandError, R>
  /** The answer as lines for a person. @param now milliseconds since 1970 */
  readonly show: (answer: A, style: Style, now: number) => ReadonlyArray<string>
  /** The exit code that follows from the answer. Default: 0 */
  readonly code?: (answer: A) => ExitCode
}

/** Makes a command from its texts, what it takes, what it does on the store, and how its answer is drawn. */
export const entry = <const Config extends AnyConfig, A extends object, I extends object>(
  definition: Definition<Config, A, I, Coordination | Worker | Needs>
): Entry => entryWithoutStore({ ...definition, run: (given) => withStore(definition.run(given)) })

/** The same for a command that does not need the store, or opens it itself. */
export const entryWithoutStore = <const Config extends AnyConfig, A extends object, I extends object>(
  definition: Definition<Config, A, I, Needs>
): Entry => {
  const { answer, code = () => exitCode.ok, examples, path, program, run, show, summary, takes } = definition
  const words = path.split(" ")
  const line = jsonLine(answer)
  return {
    path: words,
    summary,
    examples,
    program,
    answer,
    command: CliCommand.make(words.at(-1) as string, { ...takes, ...everywhere }, (given) =>
      Effect.gen(function* () {
        const { isJson, out, style } = yield* Output
        const result = yield* run(given as unknown as CliCommand.Command.ParseConfig<Config>)
        if (isJson) yield* out(line(result))
        else {
          const now = yield* Effect.clockWith((clock) => clock.currentTimeMillis)
          const lines = show(result, style, now)
          if (lines.length > 0) yield* out(lines.join("\n"))
        }
        const ended = code(result)
        if (ended !== exitCode.ok) return yield* new Ended({ code: ended })
      })
    ).pipe(CliCommand.withDescription(summary))
  }
}
