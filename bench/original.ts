import Sqlite from "better-sqlite3"
import type { CreateProject } from "../src/domain/Requests.ts"

/** The tables and columns that the original documents. */
const schema = `
  CREATE TABLE projects (
    id INTEGER PRIMARY KEY AUTOINCREMENT, name TEXT NOT NULL UNIQUE, base_commit TEXT NOT NULL,
    created_at TIMESTAMP DEFAULT CURRENT_TIMESTAMP, status TEXT NOT NULL DEFAULT 'active', priority INTEGER DEFAULT 0);
  CREATE TABLE steps (
    id INTEGER PRIMARY KEY AUTOINCREMENT, project_id INTEGER NOT NULL REFERENCES projects (id) ON DELETE CASCADE,
    step_num INTEGER NOT NULL, branch TEXT NOT NULL, scope TEXT NOT NULL, status TEXT NOT NULL DEFAULT 'not_started',
    worktree TEXT, agent_id TEXT, claimed_at TIMESTAMP, started_at TIMESTAMP, completed_at TIMESTAMP,
    last_heartbeat TIMESTAMP, last_commit TEXT, files_modified TEXT, notes TEXT, UNIQUE (project_id, step_num));
  CREATE TABLE dependencies (
    step_id INTEGER NOT NULL REFERENCES steps (id) ON DELETE CASCADE,
    depends_on_step_id INTEGER NOT NULL REFERENCES steps (id) ON DELETE CASCADE, PRIMARY KEY (step_id, depends_on_step_id));
  CREATE TABLE agent_events (
    id INTEGER PRIMARY KEY AUTOINCREMENT, agent_id TEXT NOT NULL, project_id INTEGER, step_id INTEGER,
    event_type TEXT NOT NULL, timestamp TIMESTAMP DEFAULT CURRENT_TIMESTAMP, metadata TEXT);
  CREATE INDEX steps_by_status ON steps (project_id, status);`

/** The original's query for the next step: it checks the dependencies of every step, in the order of step_num. */
const nextReady = `
  SELECT s.id FROM steps s JOIN projects p ON p.id = s.project_id
  WHERE p.name = ? AND p.status = 'active' AND s.status = 'not_started' AND NOT EXISTS (
    SELECT 1 FROM dependencies d JOIN steps on_step ON on_step.id = d.depends_on_step_id
    WHERE d.step_id = s.id AND on_step.status NOT IN ('completed', 'merged'))
  ORDER BY s.step_num LIMIT 1`

/** The original's claim on the raw driver, with prepared statements. Its commits are durable here, unlike the original's. */
export const original = (file: string, plan: CreateProject) => {
  const db = new Sqlite(file)
  db.pragma("journal_mode = WAL")
  db.pragma("synchronous = FULL")
  db.exec(schema)
  const insertStep = db.prepare("INSERT INTO steps (project_id, step_num, branch, scope) VALUES (1, ?, ?, ?)")
  const insertDependency = db.prepare(`
    INSERT INTO dependencies SELECT s.id, d.id FROM steps s, steps d
    WHERE s.project_id = 1 AND s.step_num = ? AND d.project_id = 1 AND d.step_num = ?`)
  db.transaction(() => {
    db.prepare("INSERT INTO projects (name, base_commit) VALUES (?, ?)").run(plan.name, plan.base_commit)
    for (const { branch, scope, step_num } of plan.steps) insertStep.run(step_num, branch, scope)
    for (const { depends_on, step_num } of plan.steps)
      for (const on of depends_on ?? []) insertDependency.run(step_num, on)
  })()
  const claim = db.prepare(`
    UPDATE steps SET status = 'claimed', agent_id = ?, claimed_at = ?, last_heartbeat = ? WHERE id = (${nextReady}) RETURNING *`)
  const event = db.prepare(
    "INSERT INTO agent_events (agent_id, project_id, step_id, event_type, timestamp) VALUES (?, ?, ?, 'claimed', ?)"
  )
  const write = db.transaction((agent: string) => {
    const at = new Date().toISOString()
    const row = claim.get(agent, at, at, plan.name) as { id: number; project_id: number } | undefined
    if (row !== undefined) event.run(agent, row.project_id, row.id, at)
    return row
  })
  return { claim: (agent: string) => write.immediate(agent), close: () => db.close() }
}
