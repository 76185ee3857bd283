import Database from "better-sqlite3"
import { assert, describe, it } from "vitest"
import { latest } from "../../src/layers/store/sqlite/Migrations.ts"
import { query } from "../support/database.ts"
import { tempDatabase } from "../support/temp.ts"
import { close, startServer } from "../support/testServer.ts"

/** Migrates to a format that does not exist yet, as a newer hq would. */
const migrate = (db: string) => {
  const newer = new Database(db)
  newer.exec(`
    BEGIN IMMEDIATE;
    ALTER TABLE steps ADD COLUMN later TEXT;
    INSERT INTO hq_migrations (migration_id, name) VALUES (${latest + 1}, 'later');
    PRAGMA user_version = ${latest + 1};
    COMMIT`)
  newer.close()
}

const steps = [1, 2].map((step_num) => ({ step_num, branch: `b${step_num}`, scope: "s" }))

describe("servers that run while a newer hq migrates", () => {
  it("end every call in a sentence that says to update, also those that wait, and write nothing", async () => {
    const db = tempDatabase()
    const often = { HQ_HEARTBEAT_EVERY: "100 millis", HQ_SWEEP_EVERY: "100 millis", HQ_LOG_LEVEL: "none" }
    const [one, other] = await Promise.all([startServer(db, often), startServer(db, often)])
    await one.call("create_project", { name: "p", base_commit: "c", steps })
    await one.call("claim_step", { project: "p", agent_id: "a" })
    await other.call("claim_step", { project: "p", agent_id: "b" })
    const waiting = other.call("claim_step", { project: "p", agent_id: "c", wait_seconds: 50 })
    // One that has an answer is behind it.
    await other.call("get_project", { name: "p" })
    migrate(db)
    const since = performance.now()
    const words = `StorageFailure: The database was migrated to format ${latest + 1} by a newer hq while this one (format ${latest}) was running: update this program and restart it. Nothing was changed.`
    assert.strictEqual((await waiting).text, words)
    // Not only when waiting calls look by themselves.
    assert.isBelow(performance.now() - since, 3_000)
    const rows = () =>
      ["steps", "agent_events", "agent_sessions", "lease_sweeps"].map((t) => query(db, `SELECT * FROM ${t}`))
    const before = rows()
    for (const server of [one, other]) {
      for (const [tool, input] of [
        ["claim_step", { project: "p", agent_id: "a" }],
        ["start_step", { step_id: 1, agent_id: "a" }],
        ["list_projects", {}],
        ["create_project", { name: "q", base_commit: "c", steps }]
      ] as const) {
        const { isError, text } = await server.call(tool, input)
        assert.isTrue(isError)
        assert.strictEqual(text, words)
      }
      // A session that ends writes nothing either.
      assert.strictEqual(await close(server), 0)
    }
    assert.deepStrictEqual(rows(), before)
  })
})
