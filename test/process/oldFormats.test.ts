import { assert, describe, it } from "vitest"
import { latest } from "../../src/layers/store/sqlite/Migrations.ts"
import type { CallTool } from "../support/client.ts"
import { dump, query } from "../support/database.ts"
import { violationsIn } from "../support/invariants.ts"
import { oldFormats, writeOldFormat } from "../support/oldFormats.ts"
import { originalDatabase } from "../support/original.ts"
import { tempDatabase } from "../support/temp.ts"
import { close, startServer } from "../support/testServer.ts"

const fileOfFormat = (format: number): string => {
  const file = tempDatabase()
  writeOldFormat(file, format)
  return file
}

/** What a call must give. */
const valueOf = async (call: CallTool, tool: string, input: object = {}) => {
  const { isError, text, value } = await call(tool, input)
  assert.isFalse(isError, `${tool}: ${text}`)
  return value
}

const isSound = (file: string) => {
  assert.deepStrictEqual(query(file, "PRAGMA integrity_check"), [{ integrity_check: "ok" }])
  assert.deepStrictEqual(query(file, "PRAGMA foreign_key_check"), [])
  assert.deepStrictEqual(violationsIn(file), [])
}

type Row = Record<string, unknown>

/** What the file has now of that row: the row itself, unless something of it got lost. Tails are reckoned anew. */
const kept = (row: Row, after: ReadonlyArray<Row>): unknown => {
  const columns = Object.keys(row).filter((name) => name !== "tail_minutes" && name !== "default_minutes")
  return after.find((other) => columns.every((name) => other[name] === row[name])) === undefined ? undefined : row
}

/** Rows of the file as it was that are not in it any more, by table. The record of sweeps is overwritten by each. */
const lostOf = (before: ReturnType<typeof dump>, after: ReturnType<typeof dump>) =>
  Object.entries(before).flatMap(([table, rows]) =>
    table === "lease_sweeps"
      ? []
      : (rows as ReadonlyArray<Row>).filter((row) => kept(row, after[table] as ReadonlyArray<Row>) === undefined)
  )

describe("a file of each older format", () => {
  for (const format of oldFormats) {
    it(`keeps every row with its meaning, and the work goes on: format ${format}`, async () => {
      const file = fileOfFormat(format)
      const before = dump(file)
      const server = await startServer(file)
      const call = (tool: string, input?: object) => valueOf(server.call, tool, input)

      const shop = await call("get_project", { name: "shop" })
      assert.deepStrictEqual(lostOf(before, dump(file)), [])
      assert.deepStrictEqual(
        shop.steps.map((step: Row) => [step.id, step.status, step.attempt, step.agent_id]),
        [
          [1, "completed", 1, "a"],
          [2, format === 1 ? "completed" : "merged", 1, "a"],
          [3, "in_progress", 1, "b"],
          [4, "claimed", 1, "c"],
          [5, "failed", 1, "d"],
          [6, "not_started", 1, undefined],
          [7, "not_started", 0, undefined],
          [8, "not_started", 1, undefined],
          ...(format < 3 ? [] : [[9, "cancelled", 0, undefined]])
        ]
      )
      const step1 = { last_commit: "c0ffee1", files_modified: ["src/db/a.ts"], notes: "it's done", worktree: "/work/a" }
      assert.deepInclude(await call("get_step", { step_id: 1 }), step1)
      assert.deepInclude(await call("get_step", { step_id: 7 }), {
        branch: "step7/ui",
        scope: "ui",
        depends_on: [3, 4]
      })
      assert.deepInclude(await call("get_step", { step_id: 5 }), { notes: "no network" })
      if (format >= 2) assert.deepInclude(await call("get_step", { step_id: 3 }), { estimate_minutes: 30 })
      if (format >= 3) assert.deepInclude(await call("get_step", { step_id: 3 }), { files: ["src/api/**"] })
      if (format >= 7) assert.deepInclude(await call("get_step", { step_id: 3 }), { title: "Build part 3" })
      const events: ReadonlyArray<Row> = await call("get_agent_events", { limit: 100 })
      assert.deepStrictEqual(
        events.map(({ id }) => id),
        (before.agent_events as ReadonlyArray<Row>).map(({ id }) => id).reverse()
      )

      // A claim is remembered by its request, and the holders go on by their attempt.
      const again = await call("claim_step", { project: "shop", step_id: 4, agent_id: "c", request_id: "request-4" })
      assert.deepInclude(again, { id: 4, attempt: 1 })
      const byHolder = (step_id: number, agent_id: string) => ({ step_id, agent_id, attempt: 1 })
      await call("start_step", byHolder(4, "c"))
      await call("complete_step", { ...byHolder(4, "c"), commit_hash: "c4" })
      await call("complete_step", { ...byHolder(3, "b"), commit_hash: "c3" })
      await call("merge_step", { step_id: 1, agent_id: "a", merge_commit: "feed1" })
      await call("recover_failed_step", { step_id: 5, agent_id: "a" })
      const done: Array<number> = []
      for (;;) {
        const step = await call("claim_step", { project: "shop", agent_id: "f" })
        if (step === null) break
        await call("start_step", { step_id: step.id, agent_id: "f" })
        await call("complete_step", { step_id: step.id, agent_id: "f", commit_hash: "c" })
        done.push(step.id)
      }
      assert.sameMembers(done, [5, 6, 7, 8])
      assert.strictEqual((await call("get_project", { name: "shop" })).status, "completed")
      assert.strictEqual((await call("get_project", { name: "Done" })).status, "completed")
      await call("update_project", { name: "later", status: "active", agent_id: "a" })
      assert.strictEqual((await call("claim_step", { project: "later", agent_id: "f" })).branch, "one")
      assert.strictEqual(await close(server), 0)
      isSound(file)
    })
  }
})

describe("eight processes that start at once", () => {
  for (const [title, made, project, ready] of [
    ["the original", originalDatabase, "auth", 1],
    ...oldFormats.map((format) => [`format ${format}`, () => fileOfFormat(format), "shop", 2] as const)
  ] as const) {
    it(`bring a file up to date together, and claim each step once: ${title}`, async () => {
      const file = made()
      const servers = await Promise.all(Array.from({ length: 8 }, () => startServer(file)))
      const claims = await Promise.all(
        servers.map(({ call }, index) => valueOf(call, "claim_step", { project, agent_id: `new-${index}` }))
      )
      const claimed = claims.flatMap((step) => (step === null ? [] : [step.id]))
      assert.lengthOf(new Set(claimed), claimed.length)
      assert.lengthOf(claimed, ready)
      assert.lengthOf(query(file, "SELECT * FROM hq_migrations"), latest)
      for (const server of servers) server.signal("SIGKILL")
      await Promise.all(servers.map(({ ended }) => ended))
      assert.deepStrictEqual(query(file, "PRAGMA integrity_check"), [{ integrity_check: "ok" }])
      assert.deepStrictEqual(query(file, "PRAGMA foreign_key_check"), [])
      assert.deepStrictEqual(
        servers.map(({ stderr }) => stderr()).filter((text) => /level=ERROR|internal error/.test(text)),
        []
      )
    })
  }
})
