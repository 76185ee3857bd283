import type { Tables } from "../../Tables.ts"
import { countForAgent, countOpen, countStep, isClosed, noteReady } from "./triggerParts.ts"

/*
 * Plans that are edited while agents work on them:
 * - steps may be cancelled: they are closed as done steps are, but nobody's work, and part of no chain of dependencies;
 * - projects.revision counts the edits; steps.files are globs (a JSON array), so that steps that change the same files are kept apart;
 * - claim_waiters: the queue of calls that wait for a step.
 */

const columns = (t: Tables): ReadonlyArray<string> => [
  `ALTER TABLE ${t.projects} ADD COLUMN revision INTEGER NOT NULL DEFAULT 1`,
  `ALTER TABLE ${t.steps} ADD COLUMN files TEXT`,
  `CREATE TABLE ${t.claim_waiters} (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    agent_id TEXT NOT NULL,
    project TEXT,
    scopes TEXT,
    since TEXT NOT NULL,
    expires_at TEXT NOT NULL
  )`
]

/** Blockers by project, those with the longest chains behind them first. */
const indexes = (t: Tables): ReadonlyArray<string> => [
  `CREATE INDEX ${t.prefix}steps_blocking ON ${t.steps} (project_id, tail_minutes DESC)
    WHERE status IN ('claimed', 'in_progress', 'failed')`,
  `CREATE INDEX ${t.prefix}steps_live_files ON ${t.steps} (project_id)
    WHERE status IN ('claimed', 'in_progress') AND files IS NOT NULL`,
  `CREATE INDEX ${t.prefix}steps_unmerged ON ${t.steps} (project_id, completed_at) WHERE status = 'completed'`
]

const triggers = (t: Tables): ReadonlyArray<string> => [
  ...["steps_inserted", "steps_deleted", "steps_opened", "steps_moved"].map(
    (name) => `DROP TRIGGER ${t.prefix}${name}`
  ),
  `CREATE TRIGGER ${t.prefix}steps_inserted AFTER INSERT ON ${t.steps} BEGIN
    ${countStep(t, "new", 1)}
    ${countForAgent(t, "new", 1)}
    ${countOpen(t, "new.project_id", `NOT (${isClosed("new")})`)}
  END`,
  `CREATE TRIGGER ${t.prefix}steps_deleted AFTER DELETE ON ${t.steps} BEGIN
    ${countStep(t, "old", -1)}
    ${countForAgent(t, "old", -1)}
    ${countOpen(t, "old.project_id", `-(NOT (${isClosed("old")}))`)}
  END`,
  `CREATE TRIGGER ${t.prefix}steps_opened AFTER UPDATE OF status ON ${t.steps}
  WHEN (${isClosed("old")}) <> (${isClosed("new")}) AND old.project_id = new.project_id BEGIN
    ${countOpen(t, "new.project_id", `CASE WHEN ${isClosed("new")} THEN -1 ELSE 1 END`)}
  END`,
  `CREATE TRIGGER ${t.prefix}steps_moved AFTER UPDATE OF project_id ON ${t.steps}
  WHEN old.project_id <> new.project_id BEGIN
    ${countOpen(t, "old.project_id", `-(NOT (${isClosed("old")}))`)}
    ${countOpen(t, "new.project_id", `NOT (${isClosed("new")})`)}
    ${noteReady(t, "old")}
    ${noteReady(t, "new")}
  END`
]

export const edits = (t: Tables): ReadonlyArray<string> => [...columns(t), ...indexes(t), ...triggers(t)]
