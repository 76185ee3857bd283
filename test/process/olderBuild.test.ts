import { assert, beforeAll, describe, it } from "vitest"
import { latest } from "../../src/layers/store/sqlite/Migrations.ts"
import { build, hasCommit } from "../support/builds.ts"
import { query } from "../support/database.ts"
import { violationsIn } from "../support/invariants.ts"
import type { ServerProcess } from "../support/server.ts"
import { tempDatabase } from "../support/temp.ts"
import { close, startServer } from "../support/testServer.ts"

/** What the tables say to a program that inserts rows without their format. */
const byTables =
  "The database was migrated to format 9 by a newer hq: update this program and restart it. Nothing was changed."

/** What a build that looks for a newer format says itself. */
const byItself = `StorageFailure: The database was migrated to format ${latest} by a newer hq while this one (format 8) was running: update this program and restart it. Nothing was changed.`

/** The last commit of each kind of program that is older than this one. */
const builds = [
  { title: "format 3, without sessions", commit: "5bc917f80cd8de11aa031d5972e0abf49570e360", says: byTables },
  { title: "format 4, with sessions", commit: "4d3095a836a48744595c752b19e5c9bd32127b42", says: byTables },
  {
    title: "format 7, before the check of the format",
    commit: "e2a81ab56c163b826e271cf312fb25627f4d4b57",
    says: byTables
  },
  { title: "format 8, with that check", commit: "b236230b2cbdccb4f01f979ee41b1e93a0256cf0", says: byItself }
] as const

const project = (name: string, steps: ReadonlyArray<object>) => ({ name, base_commit: "abc123", steps })
const step = (step_num: number, depends_on: ReadonlyArray<number> = []) => ({
  step_num,
  branch: `${step_num}/work`,
  scope: "api",
  estimate_minutes: 10 * step_num,
  depends_on
})

/** What a call must give. */
const valueOf = async (server: ServerProcess, tool: string, input: object = {}) => {
  const { isError, text, value } = await server.call(tool, input)
  assert.isFalse(isError, `${tool}: ${text}`)
  return value
}

/** What a refused call says; "" for one that is done. A defect is a protocol error. */
const refusalOf = (server: ServerProcess, tool: string, input: object) =>
  server.call(tool, input).then(
    ({ isError, text }) => (isError ? text : ""),
    (error: Error) => error.message
  )

const contents = (file: string) =>
  ["projects", "steps", "dependencies", "agent_events", "claim_requests", "failed_steps_history"].map((table) =>
    query(file, `SELECT * FROM ${table}`)
  )

const quick = { HQ_HEARTBEAT_EVERY: "1 hour", HQ_SWEEP_EVERY: "100 millis" }

const bins = new Map<string, string>()
beforeAll(async () => {
  await Promise.all(
    builds.map(async ({ commit }) => {
      if (hasCommit(commit)) bins.set(commit, await build(commit))
    })
  )
}, 60_000)

for (const { commit, says, title } of builds) {
  const isHere = hasCommit(commit)
  const name = `processes of a real older build (${title})${isHere ? "" : `: skipped, this clone has no commit ${commit}`}`
  describe.skipIf(!isHere)(name, () => {
    it("end their writes when this one migrates, and nothing acknowledged is lost", async () => {
      const bin = bins.get(commit) as string
      const file = tempDatabase()
      const older = () => startServer(file, quick, { bin })
      const [one, two, three] = await Promise.all([older(), older(), older()])
      await valueOf(one, "create_project", project("p", [step(1), step(2), step(3), step(4, [3]), step(5)]))
      const take = (server: ServerProcess, agent_id: string, more: object = {}) =>
        valueOf(server, "claim_step", { project: "p", agent_id, ...more })
      const start = (server: ServerProcess, agent_id: string, step_id: number) =>
        valueOf(server, "start_step", { step_id, agent_id })
      await take(one, "a", { step_num: 1 })
      await start(one, "a", 1)
      await valueOf(one, "complete_step", { step_id: 1, agent_id: "a", commit_hash: "c1" })
      await take(two, "b", { step_num: 2 })
      await start(two, "b", 2)
      await take(three, "c", { step_num: 3, request_id: "r" })
      await take(one, "a", { step_num: 5 })
      const waiting = refusalOf(three, "claim_step", { project: "p", agent_id: "d", wait_seconds: 50 })

      const [now, beside] = await Promise.all([startServer(file), startServer(file)])
      const statuses = async () =>
        (await valueOf(beside, "get_project", { name: "p" })).steps.map((found: { status: string }) => found.status)
      assert.deepStrictEqual(await statuses(), ["completed", "in_progress", "claimed", "not_started", "claimed"])
      assert.deepInclude(await valueOf(now, "get_step", { step_id: 1 }), { last_commit: "c1", agent_id: "a" })

      // What agents go on asking the older processes for.
      const before = contents(file)
      const calls = [
        [one, "create_project", project("q", [step(1)])],
        [one, "update_plan", { project: "p", operations: [{ op: "add", ...step(6) }], expected_revision: 1 }],
        [one, "start_step", { step_id: 5, agent_id: "a" }],
        [two, "heartbeat", { step_id: 2, agent_id: "b" }],
        [two, "complete_step", { step_id: 2, agent_id: "b", commit_hash: "c2" }],
        [two, "merge_step", { step_id: 1, agent_id: "b", merge_commit: "m1" }],
        [three, "fail_step", { step_id: 3, agent_id: "c", reason: "r" }],
        [three, "release_step", { step_id: 3, agent_id: "c" }],
        [three, "recover_step", { step_id: 2, force: true }]
      ] as const
      for (const [server, tool, input] of calls) {
        const said = await refusalOf(server, tool, input)
        if (says === byItself) assert.strictEqual(said, byItself, tool)
        else {
          assert.strictEqual(said, "protocol error: internal error", tool)
          assert.include(server.stderr().split("\n").at(-2), byTables, tool)
        }
      }
      assert.deepStrictEqual(contents(file), before)

      // The holders go on through this one: by their attempt while the older process runs, by name once it has ended. What looks for a
      // newer format cannot write that it ends: then the attempt is needed until its session has been silent for a while.
      const ofHolder = says === byItself ? { attempt: 1 } : {}
      await valueOf(now, "start_step", { step_id: 3, agent_id: "c", attempt: 1 })
      await valueOf(now, "complete_step", { step_id: 3, agent_id: "c", attempt: 1, commit_hash: "c3" })
      // Now a step is ready for the call that waits in the older process.
      assert.match(await waiting, /internal error|^StorageFailure: .*update this program/)
      for (const server of [one, two, three]) assert.strictEqual(await close(server), 0)
      await valueOf(now, "complete_step", { step_id: 2, agent_id: "b", ...ofHolder, commit_hash: "c2" })
      await valueOf(now, "start_step", { step_id: 5, agent_id: "a", ...ofHolder })
      await valueOf(now, "complete_step", { step_id: 5, agent_id: "a", commit_hash: "c5" })
      assert.strictEqual((await valueOf(beside, "claim_step", { project: "p", agent_id: "d" })).step_num, 4)
      await start(beside, "d", 4)
      await valueOf(beside, "complete_step", { step_id: 4, agent_id: "d", commit_hash: "c4" })
      assert.strictEqual((await valueOf(now, "get_project", { name: "p" })).status, "completed")

      // Each step was claimed once, and an older hq that starts now is refused.
      const claims = query(file, "SELECT step_id FROM agent_events WHERE event_type = 'claimed' ORDER BY step_id")
      assert.deepStrictEqual(
        claims.map(({ step_id }) => step_id),
        [1, 2, 3, 4, 5]
      )
      const late = await startServer(file, {}, { bin, greets: false })
      assert.strictEqual(await late.ended, 1)
      assert.match(late.stderr(), /newer hq \(format 9, this program knows \d\): update this program/)
      assert.deepStrictEqual(violationsIn(file), [])
      assert.deepStrictEqual(query(file, "PRAGMA integrity_check"), [{ integrity_check: "ok" }])
      for (const server of [now, beside]) assert.strictEqual(await close(server), 0)
    })
  })
}
