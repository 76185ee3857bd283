import { readFileSync } from "node:fs"
import * as Effect from "effect/Effect"
import type { StorageError } from "../../domain/Errors.ts"
import type { FileCheck } from "../../domain/FileReports.ts"
import type { DatabaseFile } from "../../services/DatabaseFile.ts"
import { clients, isHq } from "./clients.ts"
import { Place } from "./Place.ts"

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

/** Compares the databases of the servers that the clients' configurations name with this one. */
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
            cure: "Correct it."
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
          if (path === database.path) agreeing++
          else {
            checks.push({
              check,
              status: "warning",
              detail: `The server "${name}" of ${client.title} (${file}) uses another database: ${path}`,
              cure: `Set its AGENT_DB_PATH to ${database.path}, or set yours. With hq: hq mcp install --client ${client.name}`
            })
          }
        }
      }
    }
    const said = agreeing === 0 ? "none of them names hq" : `${agreeing} of their servers use this database`
    return checks.length > 0 ? checks : [{ check, status: "ok", detail: said }]
  })
