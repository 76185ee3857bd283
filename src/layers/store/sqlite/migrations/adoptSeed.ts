import type { Tables } from "../../Tables.ts"

/*
 * Takes over the file of the original hq: its rows move into our tables, timestamps become ISO-8601 with milliseconds.
 * It wrote with foreign keys unenforced on some connections, so rows that point nowhere are left behind.
 */

const seedTables = ["agent_events", "failed_steps_history", "dependencies", "steps", "projects"] as const

const iso = (column: string, ...modifiers: ReadonlyArray<string>) => {
  const format = (time: string) => `strftime(${["'%Y-%m-%dT%H:%M:%fZ'", time, ...modifiers].join(", ")})`
  // Go writes "2026-01-18 10:00:00.123456789 +0000 UTC", of which SQLite reads the first 19 characters.
  return `coalesce(${format(column)}, ${format(`substr(${column}, 1, 19)`)})`
}

/** A time that our tables need and the original may lack. */
const isoOr = (column: string, other: string) => `coalesce(${iso(column)}, ${other})`

const unknownTime = "'1970-01-01T00:00:00.000Z'"

const live = "status IN ('claimed', 'in_progress')"

/** A live step without any time would never expire. */
const lastHeard = `coalesce(${iso("coalesce(last_heartbeat, claimed_at)")}, CASE WHEN ${live} THEN ${unknownTime} END)`

/** Length of a lease for claims of the original: the time after which it called work stale. */
const leaseOfOriginal = "'+15 minutes'"

/** Renames the original's tables; to be run before hq's are made. */
export const setAside = seedTables.map((table) => ({
  table,
  statement: `ALTER TABLE ${table} RENAME TO seed_${table}`
}))

/** Moves the rows over; to be run once hq's tables are made. */
export const moveOver = (t: Tables, found: ReadonlyArray<string>): ReadonlyArray<string> => [
  `INSERT INTO ${t.projects} (id, name, base_commit, created_at, status, priority)
   SELECT id, name, base_commit,
     ${isoOr("created_at", `(SELECT min(${iso("claimed_at")}) FROM seed_steps WHERE project_id = seed_projects.id), ${unknownTime}`)},
     status, coalesce(priority, 0) FROM seed_projects`,
  `INSERT INTO ${t.steps} (id, project_id, step_num, branch, scope, status, worktree, agent_id, claimed_at, started_at,
     completed_at, last_heartbeat, last_commit, files_modified, notes, attempt, lease_expires_at)
   SELECT id, project_id, step_num, branch, scope, status, worktree, agent_id, ${iso("claimed_at")}, ${iso("started_at")},
     ${iso("completed_at")}, ${lastHeard}, last_commit, files_modified, notes, status <> 'not_started',
     CASE WHEN ${live} THEN coalesce(${iso("coalesce(last_heartbeat, claimed_at)", leaseOfOriginal)}, ${unknownTime}) END
   FROM seed_steps WHERE project_id IN (SELECT id FROM ${t.projects})`,
  `INSERT INTO ${t.dependencies} (step_id, depends_on_step_id)
   SELECT step_id, depends_on_step_id FROM seed_dependencies
   WHERE step_id IN (SELECT id FROM ${t.steps}) AND depends_on_step_id IN (SELECT id FROM ${t.steps})`,
  `INSERT INTO ${t.agent_events} (id, agent_id, project_id, step_id, event_type, timestamp, metadata)
   SELECT e.id, coalesce(e.agent_id, 'system'), coalesce(p.id, s.project_id), s.id, e.event_type, ${isoOr("e.timestamp", unknownTime)},
     CASE WHEN json_valid(e.metadata) THEN e.metadata END
   FROM seed_agent_events e LEFT JOIN ${t.steps} s ON s.id = e.step_id LEFT JOIN ${t.projects} p ON p.id = e.project_id`,
  ...(found.includes("failed_steps_history")
    ? [
        `INSERT INTO ${t.failed_steps_history} (id, original_step_id, project_id, step_num, branch, scope, worktree, agent_id,
     claimed_at, started_at, failed_at, last_commit, files_modified, notes, archived_at)
   SELECT id, original_step_id, project_id, step_num, branch, scope, worktree, agent_id, ${iso("claimed_at")},
     ${iso("started_at")}, ${iso("failed_at")}, last_commit, files_modified, notes, ${isoOr("archived_at", unknownTime)}
   FROM seed_failed_steps_history WHERE project_id IN (SELECT id FROM ${t.projects})`
      ]
    : []),
  ...found.map((name) => `DROP TABLE seed_${name}`),
  `DROP TABLE schema_migrations`
]
