import Database from "better-sqlite3"
import { assert, describe, it } from "vitest"
import { latest } from "../../src/layers/store/sqlite/Migrations.ts"
import { watchLock } from "../support/lockProbe.ts"
import { tempDatabase } from "../support/temp.ts"
import { close, startServer } from "../support/testServer.ts"

const processes = 4
const old = 300_000
const batch = 100
const watchedFor = 8000
/** After a batch, the process that prunes pauses for 20 ms; a timer may be early by a little. */
const shortest = 15
const longestHold = 250

const quantile = (times: ReadonlyArray<number>, part: number) =>
  [...times].sort((one, other) => one - other)[Math.floor(part * (times.length - 1))] as number

/** A file with so many heartbeats of two months ago, and a trigger that notes when each hundredth is deleted: once a batch. */
const fileWith = async (heartbeats: number) => {
  const db = tempDatabase()
  const first = await startServer(db, { HQ_SWEEP_EVERY: "1 hour" })
  const steps = [{ step_num: 1, branch: "b", scope: "api" }]
  await first.call("create_project", { name: "p", base_commit: "c", steps })
  await close(first)
  const person = new Database(db)
  person.exec(`
    CREATE TABLE batches (at REAL NOT NULL);
    CREATE TRIGGER note_batch AFTER DELETE ON agent_events WHEN old.id % ${batch} = 0 BEGIN
      INSERT INTO batches VALUES (unixepoch('subsec') * 1000);
    END`)
  const at = new Date(Date.now() - 60 * 86_400_000).toISOString()
  person
    .prepare(
      `WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ?)
      INSERT INTO agent_events (agent_id, project_id, step_id, event_type, timestamp, format)
      SELECT 'a', 1, 1, 'heartbeat', ?, ${latest} FROM n WHERE ? > 0`
    )
    .run(heartbeats, at, heartbeats)
  return { db, person }
}

/** Runs the processes for a while. Returns how long a write of one of them took, when batches were deleted, and what is left. */
const sweepOver = async (heartbeats: number) => {
  const { db, person } = await fileWith(heartbeats)
  const servers = await Promise.all(
    Array.from({ length: processes }, () => startServer(db, { HQ_SWEEP_EVERY: "2 seconds" }))
  )
  const [caller] = servers
  if (caller === undefined) throw new Error("no process")
  await caller.call("claim_step", { agent_id: "a", project: "p" })
  const probe = await watchLock(db)
  await probe.longest()
  const times: Array<number> = []
  const until = performance.now() + watchedFor
  while (performance.now() < until) {
    const since = performance.now()
    const { isError, text } = await caller.call("heartbeat", { step_id: 1 })
    assert.isFalse(isError, text)
    times.push(performance.now() - since)
  }
  const held = await probe.longest()
  await Promise.all(servers.map(close))
  const batches = person.prepare("SELECT at FROM batches ORDER BY at").pluck().all() as ReadonlyArray<number>
  person.close()
  return { batches, held, p50: quantile(times, 0.5), p99: quantile(times, 0.99) }
}

describe("pruning", () => {
  it("is done by one process at a time, and others hardly notice", { timeout: 120_000 }, async () => {
    const none = await sweepOver(0)
    const month = await sweepOver(old)
    const says = ({ held, p50, p99 }: typeof none) =>
      `p50 ${p50.toFixed(1)} ms, p99 ${p99.toFixed(1)} ms, the lock for ${held.toFixed(0)} ms at most`
    process.stderr.write(`${processes} processes, nothing to prune: ${says(none)}\n`)
    process.stderr.write(`${old} old heartbeats: ${says(month)}; ${month.batches.length * batch} pruned\n`)
    assert.isEmpty(none.batches)
    assert.isAbove(month.batches.length, 20)
    const pauses = month.batches.slice(1).map((at, index) => at - (month.batches[index] as number))
    assert.isAtLeast(Math.min(...pauses), shortest)
    assert.isBelow(month.held, 3 * longestHold)
  })
})
