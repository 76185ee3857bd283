import { execFileSync } from "node:child_process"
import { existsSync, readFileSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { assert, describe, it } from "@effect/vitest"
import { query } from "../support/database.ts"
import { git, realFolder } from "../support/git.ts"
import { bin } from "../support/server.ts"
import { shellScript, type WorkRepository, workRepository } from "../support/work.ts"
import { atWork, environmentOf, start, startProgram, store } from "../support/workProcess.ts"
import { until } from "../support/world.ts"

const readme = readFileSync(new URL("../../README.md", import.meta.url), "utf8")

/** The text of an example of the README. */
const example = (kind: string): string => {
  const [, text] = new RegExp(`<!-- example: ${kind} -->\n\`\`\`\\w+\n(.*?)\`\`\``, "s").exec(readme) ?? []
  assert.isDefined(text, `the README has no example ${kind}`)
  return text as string
}

/** Steps of the README's plan, each with those that it depends on. */
const twelve: ReadonlyArray<readonly [num: number, depends_on: ReadonlyArray<number>]> = Array.from(
  example("plan.yaml").matchAll(/num: (\d+).*?(?:depends_on: \[(.*)\])? }/g),
  ([, num, below]) => [Number(num), below === undefined ? [] : below.split(", ").map(Number)]
)

/** Lines of a shell as they stand, with the built program as hq. @param becomes whether the shell becomes the program */
const asTyped = (text: string, becomes = false) =>
  text.replace(/^hq /gm, `${becomes ? "exec " : ""}"${process.execPath}" "${bin}" `)

/** Does what the README says before `hq work`. */
const prepared = (): WorkRepository => {
  const folder = realFolder()
  for (const file of ["agent.sh", "plan.yaml"]) writeFileSync(join(folder, file), example(file))
  const at = { folder, repository: join(folder, "myapp"), db: join(folder, "hq.db") }
  writeFileSync(join(folder, ".gitconfig"), "[user]\n\tname = ada\n\temail = ada@example.org\n")
  execFileSync("sh", ["-e", "-c", asTyped(example("prepare"))], { cwd: folder, env: environmentOf(at) })
  return { ...at, base: git(at.repository, "rev-parse", "HEAD").trim() }
}

/** Runs the README's command line. */
const startExample = (at: WorkRepository) => startProgram(at, "sh", ["-c", asTyped(example("work"), true)])

/** The result's branch holds the work of every step, once. */
const assertWhole = (at: WorkRepository) => {
  const nums = twelve.map(([num]) => num)
  assert.lengthOf(nums, 12)
  for (const num of nums) {
    assert.strictEqual(git(at.repository, "show", `result:work/${num}.txt`), `myapp step ${num}, on myapp/${num}\n`)
  }
  assert.lengthOf(git(at.repository, "ls-tree", "--name-only", "result:work").trim().split("\n"), nums.length)
  const merges = git(at.repository, "log", "--first-parent", "--format=%s", "--reverse", "result")
    .trim()
    .split("\n")
    .slice(1)
  const merged = merges.map((subject) => Number(/^Merge step (\d+)/.exec(subject)?.[1]))
  assert.sameMembers(merged, nums)
  for (const [num, below] of twelve) {
    for (const one of below) assert.isBelow(merged.indexOf(one), merged.indexOf(num))
  }
  assert.deepStrictEqual(query(at.db, "SELECT status, count(*) AS steps FROM steps GROUP BY 1"), [
    { status: "merged", steps: nums.length }
  ])
  assert.deepStrictEqual(
    query(
      at.db,
      "SELECT count(*) AS completions, count(DISTINCT step_id) AS steps FROM agent_events WHERE event_type = 'completed'"
    ),
    [{ completions: nums.length, steps: nums.length }]
  )
}

describe("hq work", () => {
  it("does the README's plan of 12 steps: one step fails twice, one agent is killed", async () => {
    const at = prepared()
    const running = startExample(at)
    const { code, out } = await running.ended
    assert.deepStrictEqual([code, out], [0, "12 steps completed, 12 merged, 3 failed attempts\n"], running.said())
    assert.match(running.said(), /^myapp#4 failed: the program exited with 1: the tests of step 4 are red$/m)
    assert.match(running.said(), /^myapp#7 failed: the program was killed by SIGKILL$/m)
    assert.notInclude(running.said(), "\u001b")
    assert.lengthOf(git(at.repository, "worktree", "list").trim().split("\n"), 1)
    assertWhole(at)
  })

  it("comes to the same end if it is killed with -9 half-way and run again", async () => {
    const at = prepared()
    const first = startExample(at)
    const isHalfWay = () => (first.said().match(/ completed in /g) ?? []).length >= 5 && atWork(at).length > 0
    await until("half of the steps are done", 30_000, isHalfWay)
    first.child.kill("SIGKILL")
    await first.ended
    // No program goes on beside the next attempt at its step.
    await until("the programs are stopped", 10_000, () => atWork(at).length === 0)
    const second = startExample(at)
    const { code } = await second.ended
    assert.strictEqual(code, 0, second.said())
    assertWhole(at)
  })

  it("leaves no program behind if it is killed with -9", async () => {
    const at = workRepository()
    await store(at, { 1: [], 2: [] })
    const { child, ended } = start(at, ["work", "myapp", "--agents", "2", "--", shellScript(at, "sleep 100 & wait")])
    await until("four processes run", 20_000, () => atWork(at).length === 4)
    child.kill("SIGKILL")
    await ended
    await until("none is left", 10_000, () => atWork(at).length === 0)
  })

  it("ends with what runs at the first Ctrl-C, and gives it back at the second", async () => {
    const at = workRepository()
    await store(at, { 1: [], 2: [], 3: [] })
    const script = `touch ${at.folder}/began-$HQ_STEP; if [ $HQ_STEP = 1 ]; then sleep 1; else sleep 100; fi`
    const statuses = () => query<{ status: string }>(at.db, "SELECT status FROM steps ORDER BY id").map((_) => _.status)
    const one = start(at, ["work", "myapp", "--", shellScript(at, script)])
    await until("it has begun", 20_000, () => existsSync(`${at.folder}/began-1`))
    one.child.kill("SIGINT")
    assert.strictEqual((await one.ended).code, 130, one.said())
    assert.include(one.said(), "No more claims.")
    assert.deepStrictEqual(statuses(), ["completed", "not_started", "not_started"])

    for (const [signals, num] of [
      [["SIGINT", "SIGINT"], 2],
      [["SIGTERM"], 2]
    ] as const) {
      const two = start(at, ["work", "myapp", "--agents", "2", "--", shellScript(at, script)])
      await until(
        "two run",
        20_000,
        () => (two.said().match(/ started by /g) ?? []).length === num && atWork(at).length > 1
      )
      for (const signal of signals) {
        two.child.kill(signal)
        if (signal === "SIGINT") await until("it heard", 10_000, () => two.said().includes("No more claims."))
      }
      assert.strictEqual((await two.ended).code, 130, two.said())
      assert.lengthOf(two.said().match(/ given back: hq work was stopped$/gm) ?? [], 2)
      assert.deepStrictEqual(statuses(), ["completed", "not_started", "not_started"])
      assert.deepStrictEqual(atWork(at), [])
    }
  })
})
