import Sqlite from "better-sqlite3"
import type { Synchronous } from "../src/index.ts"

/*
 * What hq is measured against, on the raw driver: hand-written, every statement prepared once, one IMMEDIATE transaction a write.
 * It works on a file that hq made, so that it keeps the same tables, indexes and counts.
 */

export interface Baseline {
  readonly claim: (project: string, agent: string) => { readonly id: number } | undefined
  readonly heartbeat: (step: number, agent: string) => void
  readonly complete: (step: number, agent: string) => void
  readonly close: () => void
}

/** The same SQL as hq's on the raw driver: the least that a claim can cost. */
export const floor = (file: string, synchronous: Synchronous): Baseline => {
  const db = new Sqlite(file)
  db.pragma("journal_mode = WAL")
  db.pragma(`synchronous = ${synchronous}`)
  db.pragma("temp_store = MEMORY")
  const claim = db.prepare(`
      UPDATE steps SET status = 'claimed', agent_id = ?, attempt = attempt + 1, claimed_at = ?, last_heartbeat = ?, lease_expires_at = ?
      WHERE id = (
        SELECT s.id FROM steps s WHERE s.project_id = (SELECT id FROM projects WHERE name = ? AND status = 'active')
          AND s.status = 'not_started' AND s.unmet_dependencies = 0 ORDER BY s.step_num LIMIT 1) RETURNING *`)
  const heartbeat = db.prepare(`
      UPDATE steps SET last_heartbeat = ?, lease_expires_at = ?
      WHERE id = ? AND agent_id = ? AND status IN ('claimed', 'in_progress') RETURNING *`)
  const complete = db.prepare(`
      UPDATE steps SET status = 'completed', last_commit = ?, completed_at = ?, lease_expires_at = NULL
      WHERE id = ? AND agent_id = ? AND status IN ('claimed', 'in_progress') RETURNING *`)
  const event = db.prepare(`
      INSERT INTO agent_events (agent_id, project_id, step_id, event_type, timestamp, metadata) VALUES (?, ?, ?, ?, ?, ?)`)
  const begin = db.prepare("BEGIN IMMEDIATE")
  const commit = db.prepare("COMMIT")
  const now = () => new Date().toISOString()
  type Row = { readonly id: number; readonly project_id: number }
  const write = (type: string, agent: string, at: string, change: () => unknown) => {
    begin.run()
    const row = change() as Row | undefined
    if (row !== undefined) event.run(agent, row.project_id, row.id, type, at, '{"attempt":1}')
    commit.run()
    return row
  }
  return {
    claim: (project, agent) => {
      const at = now()
      return write("claimed", agent, at, () => claim.get(agent, at, at, at, project))
    },
    heartbeat: (step, agent) => {
      const at = now()
      write("heartbeat", agent, at, () => heartbeat.get(at, at, step, agent))
    },
    complete: (step, agent) => {
      const at = now()
      write("completed", agent, at, () => complete.get("def456", at, step, agent))
    },
    close: () => db.close()
  }
}
