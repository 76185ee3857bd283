import { spawnSync } from "node:child_process"
import { assert, describe, it } from "vitest"
import { tempDatabase } from "../support/temp.ts"

const plan = "name: p\nbase_commit: abc\nsteps:\n  - { num: 1, branch: one, scope: api }\n"

describe("the built program", () => {
  const AGENT_DB_PATH = tempDatabase()
  const hq = (all: ReadonlyArray<string>, input = "") => {
    const { status, stderr, stdout } = spawnSync(process.execPath, ["dist/hq.cjs", ...all], {
      input,
      encoding: "utf8",
      env: { PATH: process.env.PATH, HOME: process.env.HOME, AGENT_DB_PATH }
    })
    return { code: status, out: stdout, err: stderr }
  }

  it("imports a plan from standard input, and wants --yes where nobody can be asked", () => {
    assert.strictEqual(hq(["plan", "import", "-"], plan).code, 2)
    const made = "Made the plan of p, now at revision 1: 1 added.\n"
    assert.deepStrictEqual(hq(["plan", "import", "--yes", "-"], plan), { code: 0, out: made, err: "" })
    const exported = hq(["plan", "export", "p"]).out
    assert.include(hq(["plan", "diff", "-"], exported).out, "nothing changes")
  })

  it("acts on a project", () => {
    assert.strictEqual(hq(["pause", "p"]).out, "Set p: active -> paused\n")
    assert.strictEqual(hq(["delete", "p"]).code, 2)
    assert.strictEqual(hq(["delete", "p", "--yes"]).out, "Deleted p with 1 step.\n")
  })
})
