import Database from "better-sqlite3"
import { tempDatabase } from "./temp.ts"

/** Tables of the original hq, as its contract documents them, with the timestamps that SQLite itself writes. */
const schema = `
  CREATE TABLE schema_migrations (version INTEGER PRIMARY KEY, applied_at TIMESTAMP DEFAULT CURRENT_TIMESTAMP);
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
    id INTEGER PRIMARY KEY AUTOINCREMENT, agent_id TEXT, project_id INTEGER, step_id INTEGER REFERENCES steps (id),
    event_type TEXT NOT NULL, timestamp TIMESTAMP DEFAULT CURRENT_TIMESTAMP, metadata TEXT);
  CREATE TABLE failed_steps_history (
    id INTEGER PRIMARY KEY AUTOINCREMENT, original_step_id INTEGER NOT NULL, project_id INTEGER NOT NULL,
    step_num INTEGER NOT NULL, branch TEXT NOT NULL, scope TEXT NOT NULL, worktree TEXT, agent_id TEXT,
    claimed_at TIMESTAMP, started_at TIMESTAMP, failed_at TIMESTAMP, last_commit TEXT, files_modified TEXT, notes TEXT,
    archived_at TIMESTAMP DEFAULT CURRENT_TIMESTAMP);
  CREATE INDEX idx_steps_status ON steps (status);
  CREATE INDEX idx_steps_project ON steps (project_id);
  CREATE INDEX idx_events_timestamp ON agent_events (timestamp);
  INSERT INTO schema_migrations (version) VALUES (1), (2)`

/** A plan of the original at work: each status, and rows that point nowhere. */
const work = `
  INSERT INTO projects (id, name, base_commit, created_at, status, priority) VALUES
    (3, 'auth', 'abc123', '2026-01-18 10:00:00', 'active', 2),
    (4, 'finished', 'abc124', '2026-01-17 10:00:00', 'active', 0),
    (5, 'given up', 'abc125', '2026-01-16 10:00:00', 'aborted', 0);
  INSERT INTO steps VALUES
    (10, 3, 1, 'step1/auth', 'auth', 'completed', '/w1', 'agent-1', '2026-01-18 10:00:00', '2026-01-18 10:10:00', '2026-01-18 11:40:00', '2026-01-18 11:39:00', 'def456', '["a.ts","b.ts"]', 'done'),
    (11, 3, 2, 'step2/auth', 'auth', 'in_progress', '/w2', 'agent-2', '2026-01-18 12:00:00', '2026-01-18 12:01:00', NULL, '2026-01-18 12:30:00', NULL, NULL, NULL),
    (12, 3, 3, 'step3/api', 'api', 'claimed', NULL, 'agent-3', '2026-01-18 12:00:00.123', NULL, NULL, NULL, NULL, NULL, NULL),
    (13, 3, 4, 'step4/api', 'api', 'failed', NULL, 'agent-1', '2026-01-18 12:00:00', NULL, NULL, NULL, NULL, NULL, 'no disk'),
    (14, 3, 5, 'step5/ui', 'ui', 'not_started', NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL),
    (15, 3, 6, 'step6/ui', 'ui', 'not_started', NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL),
    (20, 4, 1, 'b', 's', 'merged', NULL, 'agent-1', '2026-01-17 10:00:00', '2026-01-17 10:00:00', '2026-01-17 10:30:00', NULL, 'fff', '[]', NULL),
    (30, 5, 1, 'b', 's', 'not_started', NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL),
    (99, 77, 1, 'orphan', 's', 'not_started', NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL);
  INSERT INTO dependencies VALUES (11, 10), (14, 10), (15, 11), (15, 14), (14, 88), (88, 10), (99, 10);
  INSERT INTO agent_events VALUES
    (1, 'agent-1', 3, 10, 'claimed', '2026-01-18 10:00:00', '{"worktree":"/w1"}'),
    (2, 'agent-1', NULL, 10, 'completed', '2026-01-18 11:40:00', NULL),
    (3, NULL, NULL, 88, 'recovered', '2026-01-18 11:41:00', NULL),
    (4, 'agent-9', 77, 99, 'heartbeat', '2026-01-18 11:42:00', 'not JSON');
  INSERT INTO failed_steps_history VALUES
    (1, 11, 3, 2, 'step2/auth', 'auth', '/w', 'agent-4', '2026-01-18 11:00:00', NULL, '2026-01-18 11:30:00', NULL, NULL, 'no net', '2026-01-18 11:50:00'),
    (2, 70, 77, 2, 'b', 's', NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, '2026-01-18 11:50:00')`

/** Writes a file that the original hq left behind, after `change` was made to it. */
export const writeOriginal = (filename: string, change = ""): void => {
  const db = new Database(filename)
  db.pragma("journal_mode = WAL")
  db.pragma("foreign_keys = OFF")
  db.exec(`${schema};${work};${change}`)
  db.close()
}

/** Such a file in a folder of its own. */
export const originalDatabase = (change = ""): string => {
  const filename = tempDatabase()
  writeOriginal(filename, change)
  return filename
}
