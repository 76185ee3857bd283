import { once } from "node:events"
import { chmodSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { assert, describe, it } from "vitest"
import { query } from "../support/database.ts"
import { git } from "../support/git.ts"
import { bin } from "../support/server.ts"
import { filesOf, shellScript, workRepository } from "../support/work.ts"
import { start, startProgram, store } from "../support/workProcess.ts"

describe("hq work within another program", () => {
  it("leaves what is checked out alone if a hook or a rebase of git runs it", async () => {
    const at = workRepository()
    await store(at, { 1: [], 2: [1] })
    const script = shellScript(at, "touch $HQ_STEP; git add --all; git commit --quiet --message $HQ_STEP")
    const line = `"${process.execPath}" "${bin}" work myapp --merge --into result -- ${script}`
    const hook = join(at.repository, ".git/hooks/post-commit")
    // Git takes its folder from the variable only in some versions, and in linked worktrees.
    writeFileSync(hook, `#!/bin/sh\nrm "$0"\nGIT_DIR="$PWD/.git" exec ${line}`)
    chmodSync(hook, 0o755)
    git(at.repository, "switch", "--quiet", "--create", "mine")
    const commit = startProgram(at, "git", ["commit", "--quiet", "--allow-empty", "--message", "mine"], {
      GIT_CONFIG_COUNT: "1",
      GIT_CONFIG_KEY_0: "user.name",
      GIT_CONFIG_VALUE_0: "grace"
    })
    assert.strictEqual((await commit.ended).code, 0, commit.said())
    assert.include(commit.said(), "2 steps completed, 2 merged")
    assert.strictEqual(git(at.repository, "branch", "--show-current"), "mine\n")
    assert.strictEqual(git(at.repository, "status", "--porcelain"), "")
    assert.deepStrictEqual(filesOf(at, "mine"), [""])
    assert.deepStrictEqual(filesOf(at, "result"), ["1", "2"])
    assert.strictEqual(git(at.repository, "log", "-1", "--format=%cn", "result"), "grace\n")

    await store(at, { 3: [] }, { name: "again" })
    const rebase = startProgram(at, "git", ["rebase", "--quiet", "--exec", line.replace("myapp", "again"), "main"])
    assert.strictEqual((await rebase.ended).code, 0, rebase.said())
    assert.deepStrictEqual(filesOf(at, "result"), ["1", "2", "3"])
    assert.strictEqual(git(at.repository, "status", "--porcelain"), "")
    assert.strictEqual(git(at.repository, "branch", "--show-current"), "mine\n")
  })

  it("goes on if nobody reads what it says any more", async () => {
    const at = workRepository()
    await store(at, { 1: [], 2: [], 3: [], 4: [] })
    const { child, ended } = start(at, ["work", "myapp", "--agents", "2", "--", shellScript(at, "sleep 0.5")])
    await once(child.stderr, "data")
    for (const output of [child.stderr, child.stdout]) output.destroy()
    assert.strictEqual((await ended).code, 0)
    assert.deepStrictEqual(query(at.db, "SELECT DISTINCT status FROM steps"), [{ status: "completed" }])
  })
})
