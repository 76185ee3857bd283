import { mkdirSync, writeFileSync } from "node:fs"
import { dirname, join } from "node:path"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import { doctor } from "../../../src/cli/keep/doctor.ts"
import { cli } from "../../support/cli.ts"
import { tempDatabase, tempFolder } from "../../support/temp.ts"

const put = (file: string, text: string) => {
  mkdirSync(dirname(file), { recursive: true })
  writeFileSync(file, text)
}

/** What doctor says of the clients. */
const said = (database: string, home: string, folder = home) =>
  Effect.map(cli(database, ["doctor", "--json"], { place: { home, folder } }), ({ out }) =>
    Schema.decodeUnknownSync(doctor.answer)(JSON.parse(out))
      .checks.filter(({ check }: { check: string }) => check === "clients")
      .map(({ detail }: { detail: string }) => detail)
  )

const entry = (path?: string) => ({ command: "hq", ...(path === undefined ? {} : { env: { AGENT_DB_PATH: path } }) })

describe("client configurations", () => {
  it.effect("that use this database are counted, and other servers are none of hq's", () =>
    Effect.gen(function* () {
      const [database, home] = [tempDatabase(), tempFolder()]
      assert.deepStrictEqual(yield* said(database, home), ["none of them names hq"])
      put(
        join(home, ".cursor/mcp.json"),
        JSON.stringify({ mcpServers: { hq: entry(database), other: { command: "x" } } })
      )
      put(
        join(home, ".codex/config.toml"),
        `[mcp_servers.plan]\ncommand = "node"\nargs = ["/opt/hq.cjs"]\nenv = { AGENT_DB_PATH = "${database}" }\n`
      )
      assert.deepStrictEqual(yield* said(database, home), ["2 of their servers use this database"])
    })
  )

  it.effect("that use another one are named, also those of one project, or without a path", () =>
    Effect.gen(function* () {
      const [database, home] = [tempDatabase(), tempFolder()]
      const folder = join(home, "project")
      put(
        join(home, ".claude.json"),
        JSON.stringify({ projects: { [folder]: { mcpServers: { hq: entry("/other.db") } } } })
      )
      put(join(folder, ".vscode/mcp.json"), JSON.stringify({ servers: { hq: entry() } }))
      put(join(home, ".gemini/settings.json"), "{ broken")
      put(join(folder, ".cursor/mcp.json"), JSON.stringify({ mcpServers: { hq: entry("$NOT_SET_ANYWHERE/x.db") } }))
      const found = yield* said(database, home, folder)
      assert.lengthOf(found, 4)
      assert.strictEqual(
        found[0],
        `The server "hq" of Claude Code (${join(home, ".claude.json")}) uses another database: /other.db`
      )
      assert.strictEqual(found[1], `${join(home, ".gemini/settings.json")} of Gemini CLI cannot be read.`)
      assert.match(found[2], /VS Code.*agent-coordination\.db$/)
      assert.match(found[3], /Cursor.*NOT_SET_ANYWHERE is not set/)
    })
  )
})
