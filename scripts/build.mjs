import { execFileSync } from "node:child_process"
import { chmodSync, copyFileSync, mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { build } from "esbuild"

rmSync("dist", { recursive: true, force: true })

// The library: plain ESM with types.
execFileSync("npx", ["tsc", "-p", "tsconfig.build.json"], { stdio: "inherit" })

// The server and the command line: one file each, which is a function of `require`. Only the native driver is not part of it. The server's
// holds nothing of the command line, so that it starts as fast as without.
const bundle = (entryPoint, outfile) =>
  build({
    entryPoints: [entryPoint],
    outfile,
    bundle: true,
    platform: "node",
    target: "node20",
    format: "cjs",
    external: ["better-sqlite3"],
    minifySyntax: true,
    minifyWhitespace: true,
    legalComments: "none",
    logLevel: "warning",
    banner: { js: "(function (require) {" },
    footer: { js: "})" },
    plugins: [
      {
        // hq validates messages itself, so it never calls the SDK's validator.
        name: "without ajv",
        setup: ({ onLoad }) =>
          onLoad({ filter: /validation\/ajv-provider\.js$/ }, () => ({
            contents: "export class AjvJsonSchemaValidator {}"
          }))
      }
    ]
  })
await bundle("src/main.ts", "dist/server.cjs")
await bundle("src/command.ts", "dist/cli.cjs")
copyFileSync("scripts/hq.cjs", "dist/hq.cjs")
chmodSync("dist/hq.cjs", 0o755)

// Plays a typical session, so that the code cache contains every function it calls.
const call = (id, method, params) => ({ jsonrpc: "2.0", id, method, params })
const tool = (id, name, args) => call(id, "tools/call", { name, arguments: args })
const session = [
  call(0, "initialize", {
    protocolVersion: "2025-06-18",
    capabilities: {},
    clientInfo: { name: "build", version: "1" }
  }),
  { jsonrpc: "2.0", method: "notifications/initialized" },
  call(1, "tools/list", {}),
  tool(2, "create_project", {
    name: "p",
    base_commit: "abc123",
    steps: [{ step_num: 1, branch: "step1/work", scope: "api" }]
  }),
  tool(3, "claim_step", { project: "p", agent_id: "a" }),
  tool(4, "start_step", { step_id: 1, agent_id: "a" }),
  tool(5, "complete_step", { step_id: 1, agent_id: "a", commit_hash: "abc123" }),
  tool(6, "list_projects", {}),
  call(7, "resources/list", {}),
  call(8, "prompts/list", {})
]
const folder = mkdtempSync(join(tmpdir(), "hq-build-"))
const answers = execFileSync(process.execPath, ["scripts/codeCache.mjs"], {
  input: session.map((message) => `${JSON.stringify(message)}\n`).join(""),
  stdio: ["pipe", "pipe", "inherit"],
  encoding: "utf8",
  env: { PATH: process.env.PATH, HOME: folder }
})
execFileSync(process.execPath, ["scripts/codeCache.mjs", "projects"], {
  stdio: ["pipe", "ignore", "inherit"],
  env: { PATH: process.env.PATH, HOME: folder }
})
rmSync(folder, { recursive: true, force: true })
if (/"(isError|error)":/.test(answers)) throw new Error("a call failed in the session for the code cache")
