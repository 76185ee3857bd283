import { readFileSync } from "node:fs"
import Database from "better-sqlite3"
import { assert, describe, it } from "vitest"
import { limits } from "../../src/domain/Text.ts"
import { latest } from "../../src/layers/store/sqlite/Migrations.ts"
import { toolbox } from "../../src/mcp/tools/toolbox.ts"
import { watchLock } from "../support/lockProbe.ts"
import { tempDatabase } from "../support/temp.ts"
import { startServer } from "../support/testServer.ts"

/*
 * The budget: whatever legal arguments a tool gets, it holds the write lock for less than 250 ms, and the process stays under
 * 250 MB. A busy machine gets three times as long, and two more tries.
 */
const longestHold = 3 * 250
const mostMemory = 250

const range = (count: number, from = 1) => Array.from({ length: count }, (_, at) => from + at)
const step = (step_num: number, more: object = {}) => ({ step_num, branch: `b${step_num}`, scope: "api", ...more })
const prose = "d".repeat(limits.prose)
const names = (count: number) => range(count).map((num) => `${num}/`.padEnd(limits.path, "f"))
const before = (num: number) => [num - 1, num - 2].filter((one) => one > 0)
const described = { title: "t".repeat(60), description: "d".repeat(40) }
const project = { name: "p", base_commit: "c" }
const edit = (operations: ReadonlyArray<object>, name = "p") => ({ project: name, operations })
/** Id of the first step of p. */
const first = limits.texts / limits.prose
const { operations } = limits

/** Each tool with the largest of its arguments, in an order in which all are legal. */
const calls: ReadonlyArray<readonly [tool: string, input: object]> = [
  [
    "create_project",
    {
      ...project,
      name: "texts",
      steps: range(first - 1).map((n) => step(n, { description: prose }))
    }
  ],
  [
    "create_project",
    { ...project, steps: range(9000).map((num) => step(num, { ...described, depends_on: before(num) })) }
  ],
  [
    "create_project",
    { ...project, name: "star", steps: range(301).map((num) => step(num, { depends_on: num === 1 ? [] : [1] })) }
  ],
  ["get_project", { name: "p", limit: 1000 }],
  ["list_projects", { limit: 1000 }],
  [
    "claim_step",
    { agent_id: "a", project: "p", request_id: "r", scopes: range(50).map((num) => (num === 1 ? "api" : `s${num}`)) }
  ],
  ["start_step", { step_id: first, worktree: "w".repeat(limits.path) }],
  ["heartbeat", { step_id: first }],
  [
    "complete_step",
    { step_id: first, commit_hash: "c", notes: prose, files_modified: names(limits.files / limits.path) }
  ],
  ["update_plan", edit([{ op: "reopen", step_num: 1, reason: prose }])],
  ["claim_step", { agent_id: "a", project: "p" }],
  ["release_step", { step_id: first, reason: prose }],
  ["claim_step", { agent_id: "a", project: "p" }],
  ["fail_step", { step_id: first, reason: prose }],
  ["recover_failed_step", { step_id: first }],
  ["claim_step", { agent_id: "a", project: "p" }],
  ["recover_step", { step_id: first, force: true }],
  ["claim_step", { agent_id: "a", project: "p" }],
  ["start_step", { step_id: first }],
  ["complete_step", { step_id: first, commit_hash: "c" }],
  ["merge_step", { step_id: first, merge_commit: "m" }],
  ["get_step", { step_id: first }],
  ["get_available_steps", { limit: 1000 }],
  ["get_agent_work", { agent_id: "a", limit: 1000 }],
  ["detect_stale_work", { limit: 1000 }],
  ["get_metrics", {}],
  ["get_agent_events", { limit: 1000 }],
  ["explain_step", { project: "p" }],
  ["update_plan", edit(range(operations, 9001).map((num) => ({ op: "add", ...step(num), depends_on: range(6, 2) })))],
  [
    "update_plan",
    edit(
      range(operations, 2).map((num) => ({
        op: "change",
        ...step(num, { branch: `c${num}`, description: "x".repeat(3000), estimate_minutes: num })
      }))
    )
  ],
  ["update_plan", edit([{ op: "change", step_num: 2, estimate_minutes: 1_000_000 }])],
  ["update_plan", edit([{ op: "split", step_num: 1, into: range(30, 1000).map((num) => step(num)) }], "star")],
  ["update_plan", edit([{ op: "cancel", step_num: 8650, dependents: "follow" }])],
  ["update_project", { name: "p", unblock_on: "merged" }],
  ["delete_project", { name: "p", force: true }]
]

/** The most memory that the process has had, in megabytes; undefined where the system does not say. */
const memoryOf = (pid: number): number | undefined => {
  try {
    return Number(/VmHWM:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1]) / 1024
  } catch {
    return undefined
  }
}

describe("the largest legal arguments", () => {
  it("keep within the budget, whatever the tool", { timeout: 240_000, retry: 2 }, async () => {
    assert.sameMembers(
      [...new Set(calls.map(([tool]) => tool))],
      toolbox.map(({ name }) => name)
    )
    const db = tempDatabase()
    const server = await startServer(db)
    await server.call("list_projects")
    const probe = await watchLock(db)
    for (const [tool, input] of calls) {
      if (tool === "update_project") {
        // The most that a change of unblock_on and a deletion can have to do.
        const person = new Database(db, { timeout: 10_000 })
        const of = "FROM projects WHERE name = 'p'"
        person.exec(`UPDATE steps SET status = 'completed' WHERE project_id = (SELECT id ${of})`)
        person.exec(`WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 20000)
          INSERT INTO agent_events (agent_id, project_id, step_id, event_type, timestamp, format)
          SELECT 'a', (SELECT id ${of}), ${first} + i % 1000, 'started', '2026-01-01T00:00:00.000Z', ${latest} FROM n`)
        person.close()
      }
      await probe.longest()
      const { isError, text } = await server.call(tool, input)
      const [held, memory] = [await probe.longest(), memoryOf(server.pid)]
      const figures = `${tool}: the lock for ${held.toFixed(0)} ms, ${memory?.toFixed(0)} MB`
      process.stderr.write(`${figures}\n`)
      assert.isFalse(isError, `${tool}: ${text.slice(0, 500)}`)
      assert.isBelow(held, longestHold, figures)
      if (memory !== undefined) assert.isBelow(memory, mostMemory, figures)
    }
  })
})
