import * as CliConfig from "@effect/cli/CliConfig"
import * as CliCommand from "@effect/cli/Command"
import type * as HelpDoc from "@effect/cli/HelpDoc"
import type * as Span from "@effect/cli/HelpDoc/Span"
import { version } from "../domain/version.ts"
import type { Entry } from "./base/Command.ts"
import type { Style } from "./text/Style.ts"
import { wrap } from "./text/wrap.ts"

/** Words for the groups of commands in the first help. */
export interface Group {
  readonly title: string
  readonly entries: ReadonlyArray<Entry>
}

/** What the parser says of every option of a kind, which its name has said already. */
const obvious =
  /^(A true or false value|A user-defined piece of text|This setting is optional|One of the following|An integer|A decimal number|This (argument|option) (must|may) be repeated)/

const textOf = (span: Span.Span): string =>
  span._tag === "Sequence"
    ? textOf(span.left) + textOf(span.right)
    : span._tag === "URI" || span._tag === "Text"
      ? span.value
      : textOf(span.value)

const paragraphs = (doc: HelpDoc.HelpDoc): ReadonlyArray<string> => {
  if (doc._tag === "Sequence") return [...paragraphs(doc.left), ...paragraphs(doc.right)]
  if (doc._tag === "Paragraph" || doc._tag === "Header") return [textOf(doc.value)]
  return []
}

/** What is longer has a line of its own, so that all else keeps its place within 80 columns. */
const maxName = 42

/** Arguments and options of a command, each with its description. */
const described = (doc: HelpDoc.HelpDoc): ReadonlyArray<readonly [name: string, what: string]> => {
  if (doc._tag === "Sequence") return [...described(doc.left), ...described(doc.right)]
  if (doc._tag !== "DescriptionList") return []
  return doc.definitions.map(([name, what]) => {
    const texts = paragraphs(what)
    const isOptional = texts.some((text) => text.startsWith("This setting is optional"))
    const shown = textOf(name)
      .replace(/^\((.*)\)$/, "$1")
      .replace(/( 1\+|\.\.\.)$/, "…")
      .replace(/^<(.*)>$/, isOptional ? "[$1]" : "<$1>")
    const [, option = "", choices = ""] = /^(\S+) (.* \| .*)$/.exec(shown) ?? []
    const said = texts.filter((text) => text !== "" && !obvious.test(text)).join(" ")
    return shown.length > maxName && choices !== ""
      ? [`${option} text`, `${said}: ${choices.replaceAll(" | ", ", ")}`]
      : [shown, said]
  })
}

const config = CliConfig.make({ showBuiltIns: false })

/** Names and what they mean, in two columns. @param least of the first one */
const aligned = (
  style: Style,
  pairs: ReadonlyArray<readonly [name: string, what: string]>,
  least = 0
): ReadonlyArray<string> => {
  const width = Math.max(least, ...pairs.map(([name]) => name.length).filter((length) => length <= maxName))
  return pairs.flatMap(([name, what]) =>
    (name.length > maxName
      ? [`  ${name}`, ...wrap(style, what, " ".repeat(width + 4))]
      : wrap(style, what, `  ${name.padEnd(width)}  `)
    ).map((line) => line.trimEnd())
  )
}

const section = (style: Style, title: string, lines: ReadonlyArray<string>) =>
  lines.length === 0 ? [] : ["", style.bold(title), ...lines]

const examplesOf = (style: Style, entries: ReadonlyArray<Entry>) =>
  section(
    style,
    "Examples",
    aligned(
      style,
      entries.flatMap(({ examples }) => examples.map(([line, what]) => [`hq ${line}`, what] as const))
    )
  )

const partsOf = ({ command }: Entry) => described(CliCommand.getHelp(command, config))

/** The options of a command, with all their names. */
export const optionsOf = (
  entry: Entry
): ReadonlyArray<{ readonly names: ReadonlyArray<string>; readonly takesValue: boolean }> =>
  partsOf(entry)
    .filter(([name]) => name.startsWith("-"))
    .map(([name]) => {
      const names = name.match(/(?<![\w-])--?[a-zA-Z][\w-]*/g) ?? []
      return { names, takesValue: !name.endsWith(names.at(-1) ?? "") }
    })

/** Help of one command. */
export const helpOf = (entry: Entry, style: Style): ReadonlyArray<string> => {
  const parts = partsOf(entry)
  const [options, args] = [true, false].map((isOption) => parts.filter(([name]) => name.startsWith("-") === isOption))
  const given = (args ?? []).map(([name]) => ` ${name}`).join("")
  const [program, ofProgram] =
    entry.program === undefined ? ["", []] : [" -- <program…>", [["<program…>", entry.program] as const]]
  return [
    ...wrap(style, entry.summary),
    ...section(style, "Usage", [`  hq ${entry.path.join(" ")}${given} [options]${program}`]),
    ...section(style, "Arguments", aligned(style, [...(args ?? []), ...ofProgram])),
    ...section(style, "Options", aligned(style, options ?? [])),
    ...examplesOf(style, [entry])
  ]
}

/** The longest name in the help of several commands, which all its parts have room for. */
const longest = (groups: ReadonlyArray<Group>) =>
  Math.max("hq <command>".length, ...groups.flatMap(({ entries }) => entries.map(({ path }) => path.join(" ").length)))

/** Help of several commands: of all, or of those that begin with the same words. @param words those that they begin with */
export const helpOfAll = (
  groups: ReadonlyArray<Group>,
  style: Style,
  words: ReadonlyArray<string> = []
): ReadonlyArray<string> => {
  const part = (title: string, pairs: ReadonlyArray<readonly [name: string, what: string]>) =>
    section(style, title, aligned(style, pairs, longest(groups)))
  const usage =
    words.length > 0
      ? ([[`hq ${words.join(" ")} <command>`, "one of those below"]] as const)
      : ([
          ["hq", "the MCP server on standard input and output, as clients start it"],
          ["hq <command>", "one of those below"]
        ] as const)
  return [
    `hq ${version}: many AI coding agents on one plan`,
    ...part("Usage", usage),
    ...groups.flatMap(({ entries, title }) =>
      part(
        title,
        entries.map(({ path, summary }) => [path.join(" "), summary])
      )
    ),
    ...part("Everywhere", [
      ["--help", "what a command takes, with examples"],
      ["--json", "one JSON object on standard output, also for errors"],
      ["--no-color", "no colours"]
    ]),
    "",
    ...wrap(style, "The database is AGENT_DB_PATH, as for the server. Steps are named project#7, or by id.")
  ]
}
