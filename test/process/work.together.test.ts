import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { assert, describe, it } from "@effect/vitest"
import { query } from "../support/database.ts"
import { git } from "../support/git.ts"
import { filesOf, shellScript, type WorkRepository, workRepository } from "../support/work.ts"
import { atWork, start, store } from "../support/workProcess.ts"
import { until } from "../support/world.ts"

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

  /** Notes when it begins and ends, so many seconds after each other: two at once are seen in the order. */
  const noisy = (at: WorkRepository) =>
    shellScript(
      at,
      `n=$(cat ${at.folder}/seconds); echo begin $HQ_ATTEMPT >> ${at.folder}/order; sleep $n; echo end $HQ_ATTEMPT >> ${at.folder}/order`
    )
  const seconds = (at: WorkRepository, text: string) => writeFileSync(join(at.folder, "seconds"), text)
  const orderOf = (at: WorkRepository) => {
    const file = join(at.folder, "order")
    return existsSync(file) ? readFileSync(file, "utf8").trim().split("\n") : []
  }

  it("keep a step of a stopped one waiting until the program of that one has ended", async () => {
    const at = workRepository()
    await store(at, { 1: [] })
    seconds(at, "100")
    const [first, second] = [
      start(at, ["work", "myapp", "--", noisy(at)]),
      start(at, ["work", "myapp", "--", noisy(at)])
    ]
    await until("one is at work", 20_000, () => orderOf(at).length === 1)
    const [one, other] = first.said().includes("started") ? [first, second] : [second, first]
    one.child.kill("SIGSTOP")
    seconds(at, "0")
    const waits = `myapp#1 waits: the branch p/step-1 is in use: process ${one.child.pid} has it, and is stopped.`
    await until("the other waits for it", 20_000, () => other.said().includes(waits))
    assert.deepStrictEqual(orderOf(at), ["begin 1"])
    assert.isAbove(atWork(at).length, 0)
    one.child.kill("SIGCONT")
    assert.strictEqual((await other.ended).code, 0, other.said())
    assert.deepStrictEqual(orderOf(at), ["begin 1", "begin 2", "end 2"])
    await one.ended
    assert.match(one.said(), /^myapp#1 lost: /m)
  })

  it("end the program of one that was killed together with its guardian before the next attempt", async () => {
    const at = workRepository()
    await store(at, { 1: [] })
    seconds(at, "100")
    const first = start(at, ["work", "myapp", "--", noisy(at)])
    const locks = `${at.repository}.hq/locks`
    const isNoted = () => readdirSync(locks).some((file) => readFileSync(join(locks, file), "utf8") !== "")
    await until("it is at work", 20_000, () => orderOf(at).length === 1 && isNoted())
    const [left] = atWork(at)
    const { pid } = first.child
    const children = readFileSync(`/proc/${pid}/task/${pid}/children`, "utf8").trim().split(" ").map(Number)
    first.child.kill("SIGSTOP")
    // In this order, so that nothing notices: the guardian, among all but the program, and hq.
    for (const child of children) if (!atWork(at).includes(String(child))) process.kill(child, "SIGKILL")
    first.child.kill("SIGKILL")
    await first.ended
    assert.include(atWork(at), left)
    seconds(at, "0")
    const second = start(at, ["work", "myapp", "--", noisy(at)])
    assert.strictEqual((await second.ended).code, 0, second.said())
    assert.deepStrictEqual(orderOf(at), ["begin 1", "begin 2", "end 2"])
    assert.deepStrictEqual(atWork(at), [])
  })
})
