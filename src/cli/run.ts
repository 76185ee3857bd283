import { stripVTControlCharacters } from "node:util"
import type * as CliApp from "@effect/cli/CliApp"
import * as CliConfig from "@effect/cli/CliConfig"
import * as CliCommand from "@effect/cli/Command"
import * as HelpDoc from "@effect/cli/HelpDoc"
import * as ValidationError from "@effect/cli/ValidationError"
import * as EffectConsole from "effect/Console"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import { nearestOf } from "../domain/nearest.ts"
import { version } from "../domain/version.ts"
import { AllCommands, type Entry, jsonFormat } from "./base/Command.ts"
import { type ExitCode, exitCode } from "./base/exitCode.ts"
import { type CommandError, type Ended, type Failure, failure, UsageError, unforeseen } from "./base/failures.ts"
import { Opening } from "./base/Opening.ts"
import { OtherProgram } from "./base/OtherProgram.ts"
import { Output } from "./base/Output.ts"
import { Signals } from "./base/Signals.ts"
import { groups } from "./commands.ts"
import { type ConsoleOf, output, ownArguments } from "./console.ts"
import { helpOf, helpOfAll } from "./help.ts"
import { sortWords } from "./sortWords.ts"
import { errorLines } from "./text/errorLines.ts"

const entries: ReadonlyArray<Entry> = groups.flatMap((group) => group.entries)

const isEverywhere = (word: string): boolean => word === "--json" || word === "--no-color"

/** The arguments without options of every command that stand before it. Output has read those already. */
const withoutLeading = (all: ReadonlyArray<string>): ReadonlyArray<string> => {
  const first = all.findIndex((word) => !isEverywhere(word))
  return first < 0 ? [] : all.slice(first)
}

/** `hq help status` is `hq status --help`. */
const asHelp = (given: ReadonlyArray<string>): ReadonlyArray<string> =>
  given[0] === "help" ? [...given.slice(1), "--help"] : given

/** The words before the first option. */
const wordsOf = (all: ReadonlyArray<string>): ReadonlyArray<string> => {
  const own = ownArguments(all)
  const end = own.findIndex((word) => word.startsWith("-"))
  return end < 0 ? own : own.slice(0, end)
}

const startsWith = (words: ReadonlyArray<string>, path: ReadonlyArray<string>) =>
  path.every((word, at) => words[at] === word)

const seeHelp = "See: hq --help"

/** An answer in JSON is a command's. */
const noCommand = (option: string | undefined) =>
  new UsageError({
    reason: option === undefined ? "No command is given." : `hq has no option ${option}.`,
    advice: seeHelp
  })

const unknownCommand = (words: ReadonlyArray<string>) => {
  const paths = entries.map(({ path }) => path.join(" "))
  const isGroup = entries.some(({ path }) => path.length > 1 && path[0] === words[0])
  const typed = isGroup ? words.slice(0, 2).join(" ") : (words[0] as string)
  const [nearest] = nearestOf(typed, paths, 1)
  return new UsageError({
    reason: `There is no command "${typed}".`,
    advice: nearest === undefined ? "See them all: hq --help" : `Did you mean: hq ${nearest}? See them all: hq --help`
  })
}

/** The commands as the parser wants them: those of two words within their first. */
const tree = () => {
  const singles = entries.filter(({ path }) => path.length === 1).map(({ command }) => command)
  const firsts = new Set(entries.filter(({ path }) => path.length > 1).map(({ path }) => path[0] as string))
  const nested = Array.from(firsts, (first) => {
    const [one, ...more] = entries.filter(({ path }) => path.length > 1 && path[0] === first).map((_) => _.command)
    return CliCommand.make(first).pipe(CliCommand.withSubcommands([one as Entry["command"], ...more]))
  })
  const [first, ...rest] = [...singles, ...nested]
  return CliCommand.make("hq").pipe(CliCommand.withSubcommands([first as Entry["command"], ...rest]))
}

/** The parser's own words go to nobody: errors are told in one place. */
const silent: EffectConsole.Console = new Proxy({} as EffectConsole.Console, {
  get: (_, key) =>
    key === EffectConsole.TypeId ? EffectConsole.TypeId : key === "unsafe" ? globalThis.console : () => Effect.void
})

const usageOf = (error: ValidationError.ValidationError, entry: Entry | undefined) =>
  new UsageError({
    reason: `${stripVTControlCharacters(HelpDoc.toAnsiText(error.error)).replace(/\s+/g, " ").trim()}.`,
    advice: `See: hq ${entry === undefined ? "" : `${entry.path.join(" ")} `}--help`
  })

const tell = ({ isJson, out, say, sayStyle }: Output["Type"], { code, error, text }: Failure) =>
  isJson
    ? Effect.as(out(JSON.stringify({ format: jsonFormat, error })), code)
    : Effect.as(say(errorLines(sayStyle, text).join("\n")), code)

/**
 * Runs a command line. Returns its exit code.
 *
 * @param all what follows `hq`
 * @param opening what is opened if the command gets as far as to ask for it
 */
export const run = (
  all: ReadonlyArray<string>,
  console: ConsoleOf,
  opening: Opening["Type"]
): Effect.Effect<ExitCode, never, CliApp.CliApp.Environment> =>
  Effect.suspend(() => {
    const printed = output(all, console)
    const { isJson, out, style } = printed
    const given = asHelp(withoutLeading(all))
    const own = ownArguments(given)
    const words = wordsOf(given)
    const entry = entries.find(({ path }) => startsWith(words, path))
    if (own.includes("--version")) {
      return Effect.as(out(isJson ? JSON.stringify({ format: jsonFormat, version }) : version), exitCode.ok)
    }
    if (entry === undefined && words.length > 0 && !entries.some(({ path }) => startsWith(path, words))) {
      return tell(printed, failure(unknownCommand(words)))
    }
    const isHelp = own.includes("--help") || own.includes("-h")
    const option = own.slice(words.length).find((word) => !isEverywhere(word))
    if (entry === undefined && !isHelp && (isJson || option !== undefined || words.length === 0)) {
      return tell(printed, failure(noCommand(option)))
    }
    if (isHelp || entry === undefined) {
      const some = groups.map((group) => ({
        ...group,
        entries: group.entries.filter(({ path }) => startsWith(path, words))
      }))
      const help =
        entry === undefined
          ? helpOfAll(
              some.filter((group) => group.entries.length > 0),
              style,
              words
            )
          : helpOf(entry, style)
      return Effect.as(out(help.join("\n")), exitCode.ok)
    }
    const sorted = sortWords(entry, own.slice(entry.path.length))
    if (Either.isLeft(sorted)) return tell(printed, failure(sorted.left))
    const { args, options } = sorted.right
    const rest = given.slice(own.length + 1)
    const isOthers = entry.program !== undefined
    const commands = tree()
    const line = [...entry.path, ...options, "--", ...args, ...(isOthers ? [] : rest)]
    const parsed = CliCommand.run(commands, { name: "hq", version })(["node", "hq", ...line])
    return parsed.pipe(
      Effect.provideService(OtherProgram, isOthers ? rest : []),
      Effect.provideService(Opening, opening),
      Effect.provideService(Output, printed),
      Effect.provideService(Signals, console.signals),
      Effect.provideService(AllCommands, commands),
      Effect.withConsole(silent),
      Effect.provide(CliConfig.layer({ showBuiltIns: false })),
      Effect.matchCauseEffect({
        onSuccess: () => Effect.succeed(exitCode.ok as ExitCode),
        onFailure: (cause) =>
          Effect.matchEffect(Effect.failCause(cause), {
            onSuccess: () => Effect.succeed(exitCode.ok as ExitCode),
            onFailure: (error: CommandError | Ended | ValidationError.ValidationError) =>
              error._tag === "Ended"
                ? Effect.succeed(error.code)
                : tell(printed, failure(ValidationError.isValidationError(error) ? usageOf(error, entry) : error))
          })
      }),
      Effect.catchAllCause((cause) => tell(printed, unforeseen(cause)))
    )
  })
