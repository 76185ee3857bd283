import { spawnSync } from "node:child_process"
import { cpSync } from "node:fs"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import { assert, describe, it } from "vitest"
import { tempFolder } from "../support/temp.ts"

const path = (name: string) => fileURLToPath(new URL(`../../${name}`, import.meta.url))

/** Runs the built server, installed in a folder with these packages, on a database of its own. */
const run = (packages: ReadonlyArray<string>) => {
  const folder = tempFolder()
  cpSync(path("dist"), join(folder, "dist"), { recursive: true })
  for (const name of packages) {
    const installed = join(folder, "node_modules", name)
    cpSync(path(`node_modules/${name}`), installed, { recursive: true, filter: (file) => !file.includes("/build/") })
  }
  const env = { PATH: process.env.PATH ?? "", HOME: folder, AGENT_DB_PATH: join(folder, "hq.db") }
  return spawnSync(process.execPath, [join(folder, "dist", "hq.cjs")], { env, input: "", encoding: "utf8" })
}

describe("a server whose SQLite driver cannot be loaded", () => {
  it.each([
    ["is not installed", [], /^hq: the SQLite driver better-sqlite3 is not installed: run `npm install` [^\n]+\n$/],
    [
      "has no native part",
      ["better-sqlite3", "bindings", "file-uri-to-path"],
      /^hq: [^\n]*better-sqlite3 cannot be loaded: Could not locate the bindings file\.[^\n]*`npm rebuild better-sqlite3`[^\n]+\n$/
    ]
  ])("because it %s ends in one line that says what to run", (_, packages, line) => {
    const { status, stderr, stdout } = run(packages)
    assert.match(stderr, line)
    assert.strictEqual(status, 1)
    assert.strictEqual(stdout, "")
  })
})
