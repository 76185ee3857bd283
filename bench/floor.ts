import Sqlite from "better-sqlite3"
import { type ClaimedRow, claimedColumns } from "../src/layers/steps/claim/claimHandover.ts"
import { claimOrder, from, isReady, to } from "../src/layers/store/fragments.ts"
import { isCallers } from "../src/layers/store/sessions.ts"
import { sqlite } from "../src/layers/store/sqlite/dialect.ts"
import type { Synchronous } from "../src/services/Settings.ts"

/** Longest wait for another process's write, in milliseconds, as in hq. */
const busyTimeout = 10_000

/** Length of a lease, in milliseconds, as in hq. */
const lease = 15 * 60_000

/** Id of the session that holds the steps. */
const session = "floor"

const iso = (millis: number) => new Date(millis).toISOString()

/**
 * The lowest possible cost of hq's writes: the same SQL in prepared statements on the raw driver, with one IMMEDIATE transaction for each
 * write. hq makes the file, so it has the same indexes, triggers and counts.
 */
export const floor = (file: string, synchronous: Synchronous) => {
  const db = new Sqlite(file, { timeout: busyTimeout })
  db.pragma("journal_mode = WAL")
  db.pragma(`synchronous = ${synchronous}`)
  db.pragma("foreign_keys = ON")
  const t = sqlite("")
  const claim = db.prepare(`
    UPDATE ${t.steps} SET status = ${to("claim")}, agent_id = ?, session_id = ?, attempt = attempt + 1,
      claimed_at = ?, last_heartbeat = ?, lease_expires_at = ?
    WHERE id = (
      SELECT s.id FROM ${t.steps} s
      WHERE s.project_id = (SELECT id FROM ${t.projects} WHERE name = ? AND status = 'active') AND ${isReady("s")}
      ORDER BY ${claimOrder("s")} LIMIT 1)
      AND ${isReady(t.steps)} AND EXISTS (SELECT 1 FROM ${t.projects} p WHERE p.id = project_id AND p.status = 'active')
    RETURNING ${claimedColumns(t)}`)
  const ofHolder = `WHERE id = ? AND agent_id = ? AND attempt = coalesce(?, attempt)
    AND (attempt = ? OR ${isCallers(t, `${t.steps}.session_id`)}) AND status IN`
  const start = db.prepare(`
    UPDATE ${t.steps} SET session_id = ?, status = ${to("start")}, worktree = ?, started_at = ?, last_heartbeat = ?,
      lease_expires_at = max(lease_expires_at, ?) ${ofHolder} ${from("start")} RETURNING *`)
  const heartbeat = db.prepare(`
    UPDATE ${t.steps} SET session_id = ?, last_heartbeat = ?, lease_expires_at = max(lease_expires_at, ?)
    ${ofHolder} ${from("heartbeat")} RETURNING *`)
  const complete = db.prepare(`
    UPDATE ${t.steps} SET session_id = ?, status = ${to("complete")}, last_commit = ?, files_modified = ?, notes = ?, completed_at = ?,
      lease_expires_at = NULL ${ofHolder} ${from("complete")} RETURNING *`)
  const event = db.prepare(`
    INSERT INTO ${t.agent_events} (agent_id, project_id, step_id, event_type, timestamp, metadata, format)
    VALUES (?, ?, ?, ?, ?, ?, ${t.format})`)
  const begin = db.prepare("BEGIN IMMEDIATE")
  const commit = db.prepare("COMMIT")

  type Row = Pick<ClaimedRow, "id" | "project_id" | "attempt">
  const write = (type: string, agent: string, change: (at: string, until: string) => unknown): Row | undefined => {
    const now = Date.now()
    const at = iso(now)
    begin.run()
    const row = change(at, iso(now + lease)) as Row | undefined
    if (row !== undefined) {
      event.run(agent, row.project_id, row.id, type, at, JSON.stringify({ attempt: row.attempt }))
    }
    commit.run()
    return row
  }
  return {
    claim: (project: string, agent: string) =>
      write("claimed", agent, (at, until) => claim.get(agent, session, at, at, until, project, session, at)),
    start: (step: number, agent: string) =>
      write("started", agent, (at, until) =>
        start.get(session, null, at, at, until, step, agent, 1, null, session, at)
      ),
    heartbeat: (step: number, agent: string) =>
      write("heartbeat", agent, (at, until) => heartbeat.get(session, at, until, step, agent, 1, null, session, at)),
    complete: (step: number, agent: string) =>
      write("completed", agent, (at) =>
        complete.get(session, "def456", null, null, at, step, agent, 1, null, session, at)
      ),
    close: () => db.close()
  }
}
