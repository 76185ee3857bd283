import type * as Args from "@effect/cli/Args"
import * as CliCommand from "@effect/cli/Command"
import * as Options from "@effect/cli/Options"
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import type { Coordination } from "../../services/Coordination.ts"
import type { Style } from "../text/Style.ts"
import { type ExitCode, exitCode } from "./exitCode.ts"
import { type CommandError, Ended } from "./failures.ts"
import { Output } from "./Output.ts"

/** Version of the JSON that commands answer with. A field that goes, or means something else, raises it. */
export const jsonFormat = 1

/** A command line, and what it does. */
export type Example = readonly [line: string, what: string]

/** Options that every command has. */
export const everywhere = {
  json: Options.boolean("json").pipe(Options.withDescription("Answer with one JSON object")),
  noColor: Options.boolean("no-color").pipe(Options.withDescription("No colours, as with NO_COLOR"))
}

/** What a command needs to run. */
export type Needs = Coordination | Output

// biome-ignore lint/suspicious/noExplicitAny: a command may take any options and arguments.
type AnyConfig = Record<string, Args.Args<any> | Options.Options<any>>

export interface Entry {
  /** As it is typed, such as "plan check". */
  readonly path: ReadonlyArray<string>
  /** One line. */
  readonly summary: string
  readonly examples: ReadonlyArray<Example>
  /** The schema of its JSON. */
  // biome-ignore lint/suspicious/noExplicitAny: of any type.
  readonly answer: Schema.Schema<any, any>
  // biome-ignore lint/suspicious/noExplicitAny: it takes any options.
  readonly command: CliCommand.Command<any, Needs, CommandError | Ended, any>
}

/** Makes a command from its texts, what it takes, what it does, and how its answer is drawn. */
export const entry = <const Config extends AnyConfig, A extends object, I extends object>(definition: {
  readonly path: string
  readonly summary: string
  readonly examples: ReadonlyArray<Example>
  readonly takes: Config
  readonly answer: Schema.Schema<A, I>
  readonly run: (given: CliCommand.Command.ParseConfig<Config>) => Effect.Effect<A, CommandError, Coordination | Output>
  /** Exit code of an answer, part of which may have gone wrong; 0 by default. */
  readonly code?: (answer: A) => ExitCode
  /** The answer as lines for a person. @param now milliseconds since 1970 */
  readonly show: (answer: A, style: Style, now: number) => ReadonlyArray<string>
}): Entry => {
  const { answer, code, examples, path, run, show, summary, takes } = definition
  const words = path.split(" ")
  const encode = Schema.encodeSync(answer)
  return {
    path: words,
    summary,
    examples,
    answer,
    command: CliCommand.make(words.at(-1) as string, { ...takes, ...everywhere }, (given) =>
      Effect.gen(function* () {
        const { isJson, out, style } = yield* Output
        const result = yield* run(given as unknown as CliCommand.Command.ParseConfig<Config>)
        if (isJson) yield* out(JSON.stringify({ format: jsonFormat, ...encode(result) }))
        else {
          const now = yield* Effect.clockWith((clock) => clock.currentTimeMillis)
          const lines = show(result, style, now)
          if (lines.length > 0) yield* out(lines.join("\n"))
        }
        const ended = code?.(result) ?? exitCode.ok
        if (ended !== exitCode.ok) yield* new Ended({ code: ended })
      })
    ).pipe(CliCommand.withDescription(summary))
  }
}
