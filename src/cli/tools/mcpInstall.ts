import { randomUUID } from "node:crypto"
import * as fs from "node:fs"
import { dirname } from "node:path"
import * as Options from "@effect/cli/Options"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Schema from "effect/Schema"
import { entryWithoutStore } from "../base/Command.ts"
import { dryRun } from "../base/confirm.ts"
import { CommandFailure, UsageError } from "../base/failures.ts"
import { type Client, clients, Differs, serverCommand } from "../clients/clients.ts"
import { Place } from "../clients/Place.ts"
import { theirs } from "../text/Style.ts"
import { wrap } from "../text/wrap.ts"

const names = clients.map(({ name }) => name)

const textOf = (file: string): string => {
  try {
    return fs.readFileSync(file, "utf8")
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return ""
    throw error
  }
}

/** The client that is meant: the one that is named, or the only one that has a configuration here. */
const clientOf = (name: Option.Option<string>, place: Place["Type"]) =>
  Effect.suspend((): Effect.Effect<Client, UsageError> => {
    const meant = Option.match(name, {
      onNone: () => clients.filter((client) => client.files(place).some((file) => fs.existsSync(file))),
      onSome: (given) => clients.filter((client) => client.name === given)
    })
    const [client, another] = meant
    if (client !== undefined && another === undefined) return Effect.succeed(client)
    const found =
      client === undefined
        ? "No client's configuration was found."
        : `Several clients were found: ${meant.map((_) => _.name).join(", ")}.`
    return new UsageError({ reason: found, advice: `Name one: hq mcp install --client ${names.join("|")}` })
  })

/** Replaces the file at once, whatever a link at its path leads to. */
const replace = (file: string, text: string): void => {
  fs.mkdirSync(dirname(file), { recursive: true })
  const real = fs.existsSync(file) ? fs.realpathSync(file) : file
  const mode = fs.statSync(real, { throwIfNoEntry: false })?.mode
  const temporary = `${real}.${randomUUID().slice(0, 8)}.tmp`
  fs.writeFileSync(temporary, text, { flag: "wx", ...(mode === undefined ? {} : { mode: mode & 0o777 }) })
  fs.renameSync(temporary, real)
}

export const mcpInstall = entryWithoutStore({
  path: "mcp install",
  summary: "Tell an MCP client of hq; what else is in its file stays",
  examples: [
    ["mcp install --client claude", "writes .mcp.json of this project"],
    ["mcp install --client codex --print", "shows what would be written to ~/.codex/config.toml"]
  ],
  takes: {
    client: Options.choice("client", names).pipe(
      Options.withDescription("Whose configuration; by default that of the only client found here"),
      Options.optional
    ),
    print: Options.boolean("print").pipe(Options.withDescription("Show what a new file would say, and write nothing")),
    dryRun
  },
  answer: Schema.Struct({
    client: Schema.String,
    file: Schema.String,
    /** `printed` and `would_write` have written nothing; with `unchanged` nothing was to be written. */
    result: Schema.Literal("written", "unchanged", "printed", "would_write"),
    /** What a file with nothing else says. */
    text: Schema.String,
    /** How to reach what the file does not. */
    note: Schema.optional(Schema.String)
  }),
  run: ({ client: name, dryRun, print }) =>
    Effect.gen(function* () {
      const place = yield* Place
      const client = yield* clientOf(name, place)
      const server = serverCommand(place)
      const file = client.file(place)
      const text = client.write("", server)
      const answer = { client: client.name, file, text, ...(client.note === undefined ? {} : { note: client.note }) }
      if (print) return { ...answer, result: "printed" as const }
      return yield* Effect.try({
        try: () => {
          const before = textOf(file)
          const after = client.write(before, server)
          if (after === before) return { ...answer, result: "unchanged" as const }
          if (dryRun) return { ...answer, result: "would_write" as const }
          replace(file, after)
          return { ...answer, result: "written" as const }
        },
        catch: (error) =>
          new CommandFailure({
            reason:
              error instanceof Differs
                ? `${file} says something else of hq, which hq does not change.`
                : `${file} cannot be changed (${error instanceof Error && "code" in error ? error.code : "it is not valid"}).`,
            advice: `See what it should say, and change it yourself: hq mcp install --client ${client.name} --print`
          })
      })
    }),
  show: ({ file, note, result, text }, style) => {
    if (result === "printed") return [text.trimEnd()]
    const said = { written: style.green("Wrote"), unchanged: "Nothing to do:", would_write: "Would write" }[result]
    const more = result === "written" ? ["Restart the client, or reconnect its servers."] : []
    return [`${said} ${theirs(file)}`, ...more, ...(note === undefined ? [] : [note])].flatMap((line) =>
      wrap(style, line)
    )
  }
})
