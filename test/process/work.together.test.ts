import { join } from "node:path"
import { assert, describe, it } from "@effect/vitest"
import { query } from "../support/database.ts"
import { git } from "../support/git.ts"
import { filesOf, shellScript, workRepository } from "../support/work.ts"
import { start, store } from "../support/workProcess.ts"

const many = (count: number) => Array.from({ length: count }, (_, index) => index + 1)

describe("several hq work at once", () => {
  it("merge into the branch that is checked out, and leave the checkout whole", async () => {
    const at = workRepository()
    await store(at, Object.fromEntries(many(24).map((num) => [num, []])))
    const script = shellScript(at, "echo $HQ_STEP > m$HQ_STEP")
    const workers = many(3).map(() =>
      start(at, ["work", "myapp", "--agents", "4", "--merge", "--into", "main", "--", script])
    )
    for (const { ended, said } of workers) assert.strictEqual((await ended).code, 0, said())
    assert.strictEqual(git(at.repository, "status", "--porcelain"), "")
    assert.throws(() => git(at.repository, "rev-parse", "--verify", "--quiet", "MERGE_HEAD"))
    assert.sameMembers(
      filesOf(at, "main"),
      many(24).map((num) => `m${num}`)
    )
    assert.lengthOf(git(at.repository, "log", "--first-parent", "--format=%h", "main").trim().split("\n"), 25)
    assert.deepStrictEqual(query(at.db, "SELECT status, count(*) AS steps FROM steps GROUP BY 1"), [
      { status: "merged", steps: 24 }
    ])
  })

  it("of two databases with a branch of the same name, one waits for the other and says why", async () => {
    const at = workRepository()
    const other = { ...at, db: join(at.folder, "other.db") }
    const steps = [{ step_num: 1, branch: "sb", scope: "a" }]
    await store(at, {}, { steps })
    await store(other, {}, { steps })
    const script = shellScript(at, "mkdir ../busy || exit 9; sleep 3; echo $PPID > file-$PPID; rmdir ../busy")
    const workers = [at, other].map((one) => start(one, ["work", "myapp", "--", script]))
    for (const { ended, said } of workers) assert.strictEqual((await ended).code, 0, said())
    assert.lengthOf(filesOf(at, "sb"), 2)
    const waits = workers.flatMap(({ said }) => said().match(/^myapp#1 waits: .*$/gm) ?? [])
    const reasons = workers.map(({ child }) => `myapp#1 waits: the branch sb is in use: process ${child.pid} has it`)
    assert.lengthOf(waits, 1)
    assert.include(reasons, waits[0])
  })
})
