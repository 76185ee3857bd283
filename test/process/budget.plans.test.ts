import Database from "better-sqlite3"
import { assert, describe, it } from "vitest"
import { limits } from "../../src/domain/Text.ts"
import { watchLock } from "../support/lockProbe.ts"
import { tempDatabase } from "../support/temp.ts"
import { close, startServer } from "../support/testServer.ts"

/*
 * The budget, for the plans and calls that cost the most: each on a file of its own. What agents have done before is written with SQL.
 * A busy machine gets three times as long, and two more tries.
 */
const longestHold = 3 * 250

const range = (count: number, from = 1) => Array.from({ length: count }, (_, at) => from + at)
const step = (step_num: number, more: object = {}) => ({ step_num, branch: `b${step_num}`, scope: "api", ...more })
type Steps = ReadonlyArray<ReturnType<typeof step>>
const stepsOf = (count: number, needs: (num: number) => ReadonlyArray<number> = () => []): Steps =>
  range(count).map((num) => step(num, { depends_on: needs(num) }))
const project = (steps: Steps, more: object = {}) => ({ name: "p", base_commit: "c", steps, ...more })

const { links, operations, reopened, steps: most } = limits
const at = "2026-01-01T00:00:00.000Z"
const work = `agent_id = 'a', attempt = 1, claimed_at = '${at}', started_at = '${at}', last_heartbeat = '${at}'`
const done = (which: string) => `UPDATE steps SET status = 'completed', completed_at = '${at}', ${work} WHERE ${which};`
const held = (which: string) =>
  `UPDATE steps SET status = 'in_progress', lease_expires_at = '2126-01-01T00:00:00.000Z', ${work} WHERE ${which};`
const text = (characters: number) => `replace(hex(zeroblob(${characters / 2})), '0', 'd')`
const left = (which: string) => {
  const files = `(WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ${limits.files / limits.path})
    SELECT json_group_array(i || ${text(limits.path - 4)}) FROM n)`
  return `UPDATE steps SET notes = ${text(limits.prose)}, files_modified = ${files} WHERE ${which};`
}

/** All depend on the first two. */
const hubs = stepsOf(most, (num) => (num > 2 ? [1, 2] : []))
/** The last depends on half of the others. */
const fanIn = stepsOf(9600, (num) => (num === 9600 ? range(5000) : num > 1 ? [num - 1] : []))
const long = "x".repeat(2500)
const edit = (list: ReadonlyArray<object>) => ["update_plan", { project: "p", operations: list }] as const
const completed = { step_id: 2, agent_id: "a", attempt: 1, commit_hash: "c" }

interface Case {
  readonly plan?: object
  readonly sql?: string
  readonly calls: ReadonlyArray<readonly [tool: string, input: object]>
}

const cases: Readonly<Record<string, Case>> = {
  "two steps that depend on all others": {
    calls: [["create_project", project(stepsOf(most, (num) => (num > most - 2 ? range(num - 1).slice(0, 9998) : [])))]]
  },
  "every field of a plan": {
    calls: [
      [
        "create_project",
        project(
          range(most).map((num) =>
            step(num, {
              ...{ scope: `s${num}`, title: "t".repeat(20), description: "d".repeat(30), priority: num },
              ...{ estimate_minutes: num, files: [`src/${num}/**`] },
              depends_on: [num - 1, num - 2].filter((one) => one > 0)
            })
          )
        )
      ]
    ]
  },
  "dropping as many dependencies as one edit may": {
    plan: project(stepsOf(most, (num) => (num === most ? range(links - 1) : []))),
    calls: [edit([{ op: "change", step_num: most, depends_on: [] }])]
  },
  "making as many": {
    plan: project(stepsOf(9700)),
    calls: [
      edit(
        range(operations, 9701).map((num) => ({ op: "add", ...step(num), depends_on: range(33, 30 * (num - 9700)) }))
      )
    ]
  },
  "operations of all kinds": {
    plan: project(fanIn),
    sql: done("step_num <= 20") + left("step_num <= 20"),
    calls: [
      edit([
        { op: "change", step_num: 9600, depends_on: [] },
        ...range(190).map((at) => ({
          ...{ op: "add", ...step(9600 + at), depends_on: range(24, 9000 + at) },
          ...{ description: long, estimate_minutes: 5 }
        })),
        ...range(89).map((at) => ({ op: "change", step_num: 9400 + at, estimate_minutes: 90, description: long })),
        ...range(reopened).map((at) => ({ op: "reopen", step_num: reopened + 1 - at, reason: "r".repeat(10_000) }))
      ])
    ]
  },
  "cancelling all that one edit may": {
    plan: project(stepsOf(8000, (num) => (num > 7780 ? range(38) : num > 1 && num <= 38 ? [1] : []))),
    calls: [edit([{ op: "cancel", step_num: 1, dependents: "follow" }])]
  },
  "a step for which all others wait": {
    plan: project(hubs),
    sql: done("step_num = 1") + held("step_num = 2"),
    calls: [
      ["complete_step", completed],
      ["update_project", { name: "p", unblock_on: "merged" }],
      ["merge_step", { step_id: 1, merge_commit: "m" }],
      ["merge_step", { step_id: 2, merge_commit: "m" }]
    ]
  },
  "reopening what all others wait for": {
    plan: project(hubs),
    sql: done("step_num <= 2"),
    calls: [edit(range(2).map((step_num) => ({ op: "reopen", step_num, reason: "r" })))]
  },
  "deleting a project of held steps": {
    plan: project(range(most).map((num) => step(num, { files: [`src/${num}/**`] }))),
    sql: held("true"),
    calls: [["delete_project", { name: "p", force: true }]]
  },
  "steps on which agents have left all that they may": {
    plan: project(stepsOf(201, (num) => (num > 200 ? range(200) : []))),
    sql: done("step_num <= 200") + left("step_num <= 200"),
    calls: [
      ["claim_step", { agent_id: "b" }],
      edit([{ op: "add", ...step(202), depends_on: range(200) }]),
      ["delete_project", { name: "p", force: true }]
    ]
  }
}

describe("the plans and calls that cost the most", () => {
  for (const [name, { calls, plan, sql }] of Object.entries(cases)) {
    it(name, { timeout: 60_000, retry: 2 }, async () => {
      const db = tempDatabase()
      const server = await startServer(db)
      if (plan !== undefined) assert.isFalse((await server.call("create_project", plan)).isError)
      else await server.call("list_projects")
      if (sql !== undefined) {
        const person = new Database(db, { timeout: 10_000 })
        person.exec(sql)
        person.pragma("wal_checkpoint(TRUNCATE)")
        person.close()
      }
      const probe = await watchLock(db)
      for (const [tool, input] of calls) {
        await probe.longest()
        const { isError, text } = await server.call(tool, input)
        const longest = await probe.longest()
        const figures = `${name}: ${tool}: the lock for ${longest.toFixed(0)} ms`
        process.stderr.write(`${figures}\n`)
        assert.isFalse(isError, `${figures}: ${text.slice(0, 500)}`)
        assert.isBelow(longest, longestHold, figures)
      }
      await close(server)
    })
  }
})
