import { type ChildProcessWithoutNullStreams, spawn } from "node:child_process"
import { once } from "node:events"
import { existsSync, readdirSync, readFileSync, readlinkSync } from "node:fs"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Coordination from "../../src/layers/Coordination.ts"
import { atEnd } from "../support/cleanup.ts"
import { query } from "../support/database.ts"
import { git } from "../support/git.ts"
import { bin } from "../support/server.ts"
import { shellScript, type WorkRepository, workPlan, workRepository } from "../support/work.ts"
import { until } from "../support/world.ts"

const readme = readFileSync(new URL("../../README.md", import.meta.url), "utf8")

/** The text of an example of the README. */
const example = (kind: string): string => {
  const [, text] = new RegExp(`<!-- example: ${kind} -->\n\`\`\`sh\n(.*?)\`\`\``, "s").exec(readme) ?? []
  assert.isDefined(text, `the README has no example ${kind}`)
  return text as string
}

/** Twelve steps: three wide at first, then together, then wide again. */
const twelve = {
  1: [],
  2: [],
  3: [],
  4: [1],
  5: [1, 2],
  6: [3],
  7: [4, 5],
  8: [5, 6],
  9: [7, 8],
  10: [9],
  11: [9],
  12: [10, 11]
}

const store = (at: WorkRepository, steps: Record<number, ReadonlyArray<number>>) =>
  Effect.runPromise(
    Effect.provide(workPlan(at, steps, { name: "myapp" }), Coordination.layerSqlite({ filename: at.db }))
  )

interface Running {
  readonly child: ChildProcessWithoutNullStreams
  readonly said: () => string
  readonly ended: Promise<{ readonly code: number | null; readonly out: string }>
}

/** Starts hq with these arguments in the repository. */
const start = ({ db, folder, repository }: WorkRepository, args: ReadonlyArray<string>): Running => {
  const child = spawn(process.execPath, [bin, ...args], {
    cwd: repository,
    env: {
      PATH: process.env.PATH,
      HOME: folder,
      AGENT_DB_PATH: db,
      HQ_STALE_AFTER: "3 seconds",
      HQ_HEARTBEAT_EVERY: "500 millis",
      HQ_SWEEP_EVERY: "500 millis"
    }
  })
  atEnd(() => child.kill("SIGKILL"))
  let [out, said] = ["", ""]
  child.stdout.on("data", (chunk) => {
    out += chunk
  })
  child.stderr.on("data", (chunk) => {
    said += chunk
  })
  return { child, said: () => said, ended: once(child, "close").then(([code]) => ({ code, out })) }
}

/** The README's command line, with the README's script beside the repository. */
const startExample = (at: WorkRepository) => {
  shellScript(at, example("agent"))
  const [, ...words] = example("work").trim().split(" ")
  return start(
    at,
    words.map((word) => word.replace(/^"\$PWD(.*)"$/, `${at.repository}$1`))
  )
}

/** The result's branch holds the work of every step, once. */
const assertWhole = (at: WorkRepository) => {
  const nums = Object.keys(twelve).map(Number)
  for (const num of nums) {
    assert.strictEqual(git(at.repository, "show", `result:work/${num}.txt`), `myapp step ${num}, on p/step-${num}\n`)
  }
  assert.lengthOf(git(at.repository, "ls-tree", "--name-only", "result:work").trim().split("\n"), nums.length)
  const merges = git(at.repository, "log", "--first-parent", "--format=%s", "--reverse", "result")
    .trim()
    .split("\n")
    .slice(1)
  const merged = merges.map((subject) => Number(/^Merge step (\d+)/.exec(subject)?.[1]))
  assert.sameMembers(merged, nums)
  for (const [num, below] of Object.entries(twelve)) {
    for (const one of below) assert.isBelow(merged.indexOf(one), merged.indexOf(Number(num)))
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

/** Processes that work in a worktree of hq's. */
const atWork = ({ repository }: WorkRepository): ReadonlyArray<string> =>
  readdirSync("/proc").filter((pid) => {
    try {
      return readlinkSync(`/proc/${pid}/cwd`).startsWith(`${repository}.hq/`)
    } catch {
      return false
    }
  })

describe("hq work", () => {
  it("does the README's plan of 12 steps: one step fails twice, one agent is killed", async () => {
    const at = workRepository()
    await store(at, twelve)
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
    const at = workRepository()
    await store(at, twelve)
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
