import { spawn, spawnSync } from "node:child_process"
import { once } from "node:events"
import { writeFileSync } from "node:fs"
import { join } from "node:path"
import { stripVTControlCharacters } from "node:util"
import { assert, describe, it } from "vitest"
import { atEnd } from "../support/cleanup.ts"
import { query } from "../support/database.ts"
import { program } from "../support/program.ts"
import { bin } from "../support/server.ts"
import { tempFolder } from "../support/temp.ts"

/** Whether there is the script(1) of util-linux, which gives a program a terminal. */
const hasScript = /util-linux/.test(spawnSync("script", ["--version"], { encoding: "utf8" }).stdout ?? "")

/** Imports a plan on a pseudo terminal, and types this once it is asked. Returns the exit code and what the terminal shows. */
const importAnd = async (typed: string) => {
  const folder = tempFolder()
  const [db, file] = [join(folder, "hq.db"), join(folder, "plan.yaml")]
  writeFileSync(file, "name: p\nbase_commit: abc\nsteps:\n  - num: 1\n    branch: b\n    scope: s\n")
  const line = `'${process.execPath}' '${bin}' plan import '${file}'`
  const child = spawn("script", ["--quiet", "--return", "--command", line, "/dev/null"], {
    env: { PATH: process.env.PATH, HOME: folder, AGENT_DB_PATH: db, TERM: "xterm", SHELL: "/bin/sh" },
    stdio: ["pipe", "pipe", "inherit"]
  })
  atEnd(() => child.kill("SIGKILL"))
  let shown = ""
  let isAsked = false
  child.stdout.on("data", (data) => {
    shown += data
    if (isAsked || !shown.includes("[y/N]")) return
    isAsked = true
    child.stdin.write(typed)
  })
  const [code] = await once(child, "close")
  return { code: code as number, shown: stripVTControlCharacters(shown), db }
}

const projects = async (db: string) => {
  // The file is made when it is first opened.
  await program(["projects"], { AGENT_DB_PATH: db })
  return query(db, "SELECT name FROM projects")
}

describe("a question on a terminal", () => {
  for (const [name, typed, code, said] of [
    ["yes", "y\r", 0, "Made the plan of p"],
    ["no", "n\r", 1, "Nothing was changed."],
    ["the end of input", "\u0004", 1, "Nothing was changed."],
    ["Ctrl-C", "\u0003", 130, ""]
  ] as const) {
    it(`takes ${name} for an answer`, async ({ skip }) => {
      if (!hasScript) skip("there is no script(1) of util-linux that gives hq a terminal")
      const { code: ended, db, shown } = await importAnd(typed)
      assert.strictEqual(ended, code, shown)
      assert.match(shown, /\+ step 1 {2}b[\s\S]*Make this change\? \[y\/N\]/)
      assert.include(shown, said)
      assert.deepStrictEqual(await projects(db), code === 0 ? [{ name: "p" }] : [])
    })
  }
})
