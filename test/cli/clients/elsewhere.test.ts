import { chmodSync, mkdirSync, symlinkSync, writeFileSync } from "node:fs"
import { dirname, join } from "node:path"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import { doctor } from "../../../src/cli/keep/doctor.ts"
import type { FileCheck } from "../../../src/domain/FileReports.ts"
import { version } from "../../../src/domain/version.ts"
import { cli } from "../../support/cli.ts"
import { tempDatabase, tempFolder } from "../../support/temp.ts"

const put = (file: string, text: string) => {
  mkdirSync(dirname(file), { recursive: true })
  writeFileSync(file, text)
}

/** A package of hq in a folder, as npm installs it, with `bin/hq` for the PATH. */
const installed = (folder: string, packageVersion: string = version) => {
  put(join(folder, "package.json"), JSON.stringify({ name: "hq-effect", version: packageVersion }))
  const script = join(folder, "dist/hq.cjs")
  put(script, "#!/usr/bin/env node\n")
  chmodSync(script, 0o755)
  mkdirSync(join(folder, "bin"))
  symlinkSync(script, join(folder, "bin/hq"))
  return { script, PATH: join(folder, "bin") }
}

const { PATH, script } = installed(tempFolder())

const found = (database: string, home: string, folder = home) =>
  Effect.map(
    cli(database, ["doctor", "--json"], { place: { home, folder }, environment: { PATH } }),
    ({ out }): ReadonlyArray<FileCheck> =>
      Schema.decodeUnknownSync(doctor.answer)(JSON.parse(out)).checks.filter(
        ({ check }: { check: string }) => check === "clients"
      )
  )

/** What doctor says of the clients. */
const said = (...where: Parameters<typeof found>) =>
  Effect.map(found(...where), (checks) => checks.map(({ detail }) => detail))

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
        `[mcp_servers.plan]\ncommand = "${process.execPath}"\nargs = ["${script}"]\nenv = { AGENT_DB_PATH = "${database}" }\n`
      )
      assert.deepStrictEqual(yield* said(database, home), ["2 of their servers use this database and this hq"])
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
      assert.match(found[2] as string, /VS Code.*agent-coordination\.db$/)
      assert.match(found[3] as string, /Cursor.*NOT_SET_ANYWHERE is not set/)
    })
  )

  it.effect("that start what is not there, or another version, are named with the command that cures it", () =>
    Effect.gen(function* () {
      const [database, home] = [tempDatabase(), tempFolder()]
      const old = installed(join(home, "old"), "0.0.9")
      const env = { AGENT_DB_PATH: database }
      const node = process.execPath
      const json = (key: string, name: string, server: object) => JSON.stringify({ [key]: { [name]: server } })
      put(join(home, "original/hq"), "\u007fELF")
      put(join(home, ".claude.json"), json("mcpServers", "hq", { command: "hq", env: { ...env, PATH: old.PATH } }))
      put(
        join(home, ".codex/config.toml"),
        `[mcp_servers.plan]\ncommand = "${home}/nowhere/hq"\nenv = { AGENT_DB_PATH = "${database}" }\n`
      )
      put(
        join(home, ".gemini/settings.json"),
        json("mcpServers", "hq", { command: node, args: ["hq-effect@0.0.8"], env })
      )
      put(join(home, ".vscode/mcp.json"), json("servers", "plan", { command: join(home, "original/hq"), env }))
      put(join(home, ".cursor/mcp.json"), json("mcpServers", "hq", { command: node, args: ["/gone/hq.cjs"], env }))
      const tell = (checks: ReadonlyArray<FileCheck>) =>
        checks.map(({ cure, detail }) => [detail, cure].map((text) => text?.replaceAll(home, "~")))
      const variable = `AGENT_DB_PATH=${database}`
      const manual = [
        [
          `The server "hq" of Claude Code (~/.claude.json) starts ~/old/bin/hq, which is version 0.0.9; this is hq ${version}.`,
          `claude mcp remove hq; claude mcp add --scope user hq --env ${variable} -- hq`
        ],
        [
          'The server "plan" of Codex (~/.codex/config.toml) cannot start: there is no ~/nowhere/hq.',
          `codex mcp remove plan; codex mcp add hq --env ${variable} -- hq`
        ],
        [
          `The server "plan" of VS Code (~/.vscode/mcp.json) starts ~/original/hq, which is another program; this is hq ${version}.`,
          `${variable} hq mcp install --client vscode --print shows what ~/.vscode/mcp.json should say.`
        ]
      ]
      const [claude, codex, gemini, vscode, cursor] = tell(yield* found(database, home))
      assert.deepStrictEqual([claude, codex, vscode], manual)
      assert.deepStrictEqual(
        [gemini, cursor],
        [
          [
            `The server "hq" of Gemini CLI (~/.gemini/settings.json) starts hq-effect@0.0.8, which is version 0.0.8; this is hq ${version}.`,
            `${variable} hq mcp install --client gemini`
          ],
          [
            'The server "hq" of Cursor (~/.cursor/mcp.json) cannot start: there is no /gone/hq.cjs.',
            `${variable} hq mcp install --client cursor`
          ]
        ]
      )
      for (const client of ["gemini", "cursor"]) {
        const environment = { PATH, AGENT_DB_PATH: database }
        yield* cli(database, ["mcp", "install", "--client", client], { place: { home, folder: home }, environment })
      }
      assert.deepStrictEqual(tell(yield* found(database, home)), manual)
    })
  )
})
