import { readFileSync } from "node:fs"
import * as Effect from "effect/Effect"
import type { StorageError } from "../../domain/Errors.ts"
import type { FileCheck } from "../../domain/FileReports.ts"
import { version } from "../../domain/version.ts"
import type { DatabaseFile } from "../../services/DatabaseFile.ts"
import { shellWord } from "../text/references.ts"
import { type Client, clients, isHq, type ServerCommand } from "./clients.ts"
import { Place } from "./Place.ts"
import { otherProgram, startedHq } from "./startedHq.ts"

const check = "clients"

const textOf = (file: string): string | undefined => {
  try {
    return readFileSync(file, "utf8")
  } catch {
    return undefined
  }
}

/** The text that names a server's database, and what a server without one uses. */
const standard = "~/.claude/agent-coordination.db"

/** A server that a client's configuration names. */
interface Named {
  readonly client: Client
  readonly file: string
  readonly name: string
  readonly server: Partial<ServerCommand>
}

/** The command that has a server start this hq on this database. */
const cureOf = ({ client, file, name }: Named, database: string, place: Place["Type"]): string => {
  const variable = `AGENT_DB_PATH=${shellWord(database)}`
  const install = `${variable} hq mcp install --client ${client.name}`
  // Only the client itself changes these: one file it writes all the time, and of the other hq changes no entry that is there.
  const own = client.add
  if (own !== undefined && (file !== client.file(place) || client.name === "codex")) {
    return `${client.name} mcp remove ${shellWord(name)}; ${own(variable)}`
  }
  return file === client.file(place) && name === "hq" ? install : `${install} --print shows what ${file} should say.`
}

/** What is wrong with a server. @param path of its database, or why it has none */
const faultsOf = (
  { client, file, name, server }: Named,
  path: string,
  database: string,
  place: Place["Type"]
): ReadonlyArray<string> => {
  const who = `The server "${name}" of ${client.title} (${file})`
  const started = startedHq(server, place)
  return [
    ...(path === database ? [] : [`${who} uses another database: ${path}`]),
    ...(started.missing === undefined ? [] : [`${who} cannot start: there is no ${started.missing}.`]),
    ...(started.version === undefined || started.version === version
      ? []
      : [
          `${who} starts ${started.program}, which is ${started.version === otherProgram ? "" : "version "}${started.version}; this is hq ${version}.`
        ])
  ]
}

/** Compares the databases and programs of the servers that the clients' configurations name with this one. Starts none of them. */
export const elsewhere = (database: DatabaseFile["Type"]): Effect.Effect<ReadonlyArray<FileCheck>> =>
  Effect.gen(function* () {
    const place = yield* Place
    const checks: Array<FileCheck> = []
    let agreeing = 0
    for (const client of clients) {
      for (const file of new Set(client.files(place))) {
        const text = textOf(file)
        if (text === undefined) continue
        const found = yield* Effect.either(Effect.try(() => client.read(text, place)))
        if (found._tag === "Left") {
          checks.push({
            check,
            status: "warning",
            detail: `${file} of ${client.title} cannot be read.`,
            cure: `Correct it. What hq's part should be: hq mcp install --client ${client.name} --print`
          })
          continue
        }
        for (const [name, server] of found.right) {
          if (!isHq(name, server)) continue
          const path = yield* Effect.merge(
            Effect.mapError(
              database.pathOf(server.env?.AGENT_DB_PATH ?? standard),
              ({ message }: StorageError) => message
            )
          )
          const named = { client, file, name, server }
          const faults = faultsOf(named, path, database.path, place)
          if (faults.length === 0) agreeing++
          for (const detail of faults) {
            checks.push({ check, status: "warning", detail, cure: cureOf(named, database.path, place) })
          }
        }
      }
    }
    const said =
      agreeing === 0
        ? "none of them names hq"
        : `${agreeing} of their servers use${agreeing === 1 ? "s" : ""} this database and this hq`
    return checks.length > 0 ? checks : [{ check, status: "ok", detail: said }]
  })
