import { chmodSync, existsSync, mkdirSync, readFileSync, statSync, symlinkSync, writeFileSync } from "node:fs"
import { dirname, join } from "node:path"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import { mcpInstall } from "../../../src/cli/tools/mcpInstall.ts"
import { cli } from "../../support/cli.ts"
import { tempFolder } from "../../support/temp.ts"

/** A home, a folder in it, and what the command line does there. */
const somewhere = (environment: Readonly<Record<string, string>> = {}) => {
  const home = tempFolder()
  const folder = join(home, "project")
  mkdirSync(folder)
  const place = { home, folder, program: ["/bin/node", "/opt/hq.cjs"] as const }
  const install = (...words: ReadonlyArray<string>) =>
    cli("/dev/null/hq.db", ["mcp", "install", ...words], { environment, place })
  return { home, folder, install }
}

const put = (file: string, text: string) => {
  mkdirSync(dirname(file), { recursive: true })
  writeFileSync(file, text)
}

const server = { command: "/bin/node", args: ["/opt/hq.cjs"] }

describe("hq mcp install", () => {
  it.effect("writes each client's file in its own format", () =>
    Effect.gen(function* () {
      const { folder, home, install } = somewhere({ AGENT_DB_PATH: "/data/hq.db" })
      const env = { AGENT_DB_PATH: "/data/hq.db" }
      const json: ReadonlyArray<readonly [client: string, file: string, content: object]> = [
        ["claude", join(folder, ".mcp.json"), { mcpServers: { hq: { type: "stdio", ...server, env } } }],
        ["gemini", join(home, ".gemini/settings.json"), { mcpServers: { hq: { ...server, env } } }],
        ["vscode", join(folder, ".vscode/mcp.json"), { servers: { hq: { type: "stdio", ...server, env } } }],
        ["cursor", join(home, ".cursor/mcp.json"), { mcpServers: { hq: { ...server, env } } }]
      ]
      for (const [client, file, content] of json) {
        const ran = yield* install("--client", client)
        assert.deepStrictEqual([ran.code, ran.err], [0, ""])
        assert.include(ran.out, `Wrote ${file}`)
        assert.deepStrictEqual(JSON.parse(readFileSync(file, "utf8")), content)
        assert.include((yield* install("--client", client)).out, "Nothing to do")
      }
      yield* install("--client", "codex")
      assert.strictEqual(
        readFileSync(join(home, ".codex/config.toml"), "utf8"),
        '[mcp_servers.hq]\ncommand = "/bin/node"\nargs = ["/opt/hq.cjs"]\nenv = { AGENT_DB_PATH = "/data/hq.db" }\n'
      )
      assert.include((yield* install("--client", "codex")).out, "Nothing to do")
    })
  )

  it.effect("keeps what else is in the file and in the entry, its mode, and a link to it", () =>
    Effect.gen(function* () {
      const { folder, home, install } = somewhere()
      const real = join(home, "dotfiles.json")
      writeFileSync(
        real,
        '{\n  // mine\n  "mcpServers": { "hq": { "timeout": 5, "env": { "HQ_LOG_LEVEL": "debug" } } }\n}\n'
      )
      chmodSync(real, 0o640)
      symlinkSync(real, join(folder, ".mcp.json"))
      yield* install("--client", "claude")
      const text = readFileSync(real, "utf8")
      assert.include(text, "// mine")
      const entry = JSON.parse(text.replace("// mine", "")).mcpServers.hq
      assert.deepStrictEqual(entry, { timeout: 5, env: { HQ_LOG_LEVEL: "debug" }, type: "stdio", ...server })
      assert.strictEqual(statSync(real).mode & 0o777, 0o640)
      const codex = join(home, ".codex/config.toml")
      put(codex, 'model = "x"\n\n[mcp_servers.other]\ncommand = "y"\n')
      yield* install("--client", "codex")
      assert.match(
        readFileSync(codex, "utf8"),
        /^model = "x"\n\n\[mcp_servers\.other\]\ncommand = "y"\n\n\[mcp_servers\.hq\]\n/
      )
    })
  )

  it.effect("shows, or says what it would do, and writes nothing", () =>
    Effect.gen(function* () {
      const { folder, install } = somewhere()
      const shown = yield* install("--client", "claude", "--print")
      assert.deepStrictEqual(JSON.parse(shown.out), { mcpServers: { hq: { type: "stdio", ...server } } })
      assert.include((yield* install("--client", "claude", "--dry-run")).out, "Would write")
      const json = yield* install("--client", "claude", "--dry-run", "--json")
      assert.strictEqual(Schema.decodeUnknownSync(mcpInstall.answer)(JSON.parse(json.out)).result, "would_write")
      assert.isFalse(existsSync(join(folder, ".mcp.json")))
    })
  )

  it.effect("starts hq by its name if that is on the path", () =>
    Effect.gen(function* () {
      const bin = tempFolder()
      writeFileSync(join(bin, "hq"), "", { mode: 0o755 })
      const { install } = somewhere({ PATH: `/nowhere:${bin}` })
      assert.strictEqual(JSON.parse((yield* install("--client", "cursor", "--print")).out).mcpServers.hq.command, "hq")
    })
  )

  it.effect("changes no file that it cannot read, and no table of another form", () =>
    Effect.gen(function* () {
      const { home, install } = somewhere()
      const files = [
        ["gemini", join(home, ".gemini/settings.json"), "{ broken"],
        ["cursor", join(home, ".cursor/mcp.json"), '{ "mcpServers": [] }'],
        ["codex", join(home, ".codex/config.toml"), '[mcp_servers.hq]\ncommand = "other"\n'],
        ["codex", join(home, ".codex/config.toml"), 'mcp_servers = { hq = { command = "x" } }\n'],
        ["codex", join(home, ".codex/config.toml"), 'mcp_servers.hq.command = "x"\n']
      ] as const
      for (const [client, file, text] of files) {
        put(file, text)
        const ran = yield* install("--client", client)
        assert.strictEqual(ran.code, 1)
        assert.include(ran.err, `hq mcp install --client ${client} --print`)
        assert.strictEqual(readFileSync(file, "utf8"), text)
      }
    })
  )

  it.effect("takes the only client that it finds, and asks for one otherwise", () =>
    Effect.gen(function* () {
      const { home, install } = somewhere()
      const none = yield* install()
      assert.strictEqual(none.code, 2)
      assert.include(none.err, "No client's configuration was found. Name one: hq mcp install --client claude|codex|")
      put(join(home, ".cursor/mcp.json"), "{}")
      assert.include((yield* install()).out, ".cursor/mcp.json")
      put(join(home, ".gemini/settings.json"), "{}")
      assert.include((yield* install()).err, "Several clients were found: gemini, cursor.")
    })
  )
})
