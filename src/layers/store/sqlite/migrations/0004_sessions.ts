import type { Tables } from "../../Tables.ts"

/*
 * Sessions, through which steps are held, and when leases were last swept:
 * - agent_sessions: one row for each session that has written; steps.session_id: the one through which a step is held;
 * - lease_sweeps: one row, when the latest sweep was and since when sweeps go on without a gap.
 */
export const sessions = (t: Tables): ReadonlyArray<string> => [
  `CREATE TABLE ${t.agent_sessions} (
    id TEXT PRIMARY KEY,
    client_name TEXT,
    client_version TEXT,
    host TEXT NOT NULL,
    pid INTEGER NOT NULL,
    started_at TEXT NOT NULL,
    last_seen_at TEXT NOT NULL,
    ended_at TEXT
  ) WITHOUT ROWID`,
  `CREATE TABLE ${t.lease_sweeps} (
    id INTEGER PRIMARY KEY CHECK (id = 1),
    swept_at TEXT NOT NULL,
    resumed_at TEXT NOT NULL
  )`,
  // Long ago: the first sweep comes after a gap.
  `INSERT INTO ${t.lease_sweeps} VALUES (1, '1970-01-01T00:00:00.000Z', '1970-01-01T00:00:00.000Z')`,
  `ALTER TABLE ${t.steps} ADD COLUMN session_id TEXT`,
  `CREATE INDEX ${t.prefix}sessions_age ON ${t.agent_sessions} (last_seen_at)`
]
