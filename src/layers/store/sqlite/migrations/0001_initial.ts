import type { Tables } from "../../Tables.ts"
import { countForAgent, countOpen, countStep, isDone } from "./triggerParts.ts"

/*
 * Tables and columns as the contract documents them, and beside them:
 * - steps.attempt, lease_expires_at: the fence and the lease; steps.lost_attempts: attempts lost since the step was last failed;
 * - claim_requests: which claim a request_id was answered with;
 * - steps.unmet_dependencies, steps.work_ms, projects.open_steps, step_counts, agent_counts: counts that every claim, list or metric
 *   would otherwise take. Triggers keep them, so that they are right whoever writes, even a person at the sqlite3 shell.
 */

/** Makes hq's tables from nothing. */
export const initial = (t: Tables): ReadonlyArray<string> => [
  `CREATE TABLE ${t.projects} (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    name TEXT NOT NULL UNIQUE,
    base_commit TEXT,
    created_at TEXT NOT NULL,
    status TEXT NOT NULL DEFAULT 'active',
    priority INTEGER NOT NULL DEFAULT 0,
    open_steps INTEGER NOT NULL DEFAULT 0
  )`,
  `CREATE TABLE ${t.steps} (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    project_id INTEGER NOT NULL REFERENCES ${t.projects} (id) ON DELETE CASCADE,
    step_num INTEGER NOT NULL,
    branch TEXT NOT NULL,
    scope TEXT NOT NULL,
    status TEXT NOT NULL DEFAULT 'not_started',
    worktree TEXT,
    agent_id TEXT,
    claimed_at TEXT,
    started_at TEXT,
    completed_at TEXT,
    last_heartbeat TEXT,
    last_commit TEXT,
    files_modified TEXT,
    notes TEXT,
    attempt INTEGER NOT NULL DEFAULT 0,
    lease_expires_at TEXT,
    lost_attempts INTEGER NOT NULL DEFAULT 0,
    unmet_dependencies INTEGER NOT NULL DEFAULT 0,
    work_ms INTEGER GENERATED ALWAYS AS (
      CASE WHEN status IN ('completed', 'merged')
      THEN CAST(round((julianday(completed_at) - julianday(started_at)) * 86400000) AS INTEGER) END
    ) VIRTUAL,
    UNIQUE (project_id, step_num)
  )`,
  `CREATE TABLE ${t.dependencies} (
    step_id INTEGER NOT NULL REFERENCES ${t.steps} (id) ON DELETE CASCADE,
    depends_on_step_id INTEGER NOT NULL REFERENCES ${t.steps} (id) ON DELETE CASCADE,
    PRIMARY KEY (step_id, depends_on_step_id)
  ) WITHOUT ROWID`,
  `CREATE TABLE ${t.agent_events} (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    agent_id TEXT NOT NULL,
    project_id INTEGER REFERENCES ${t.projects} (id) ON DELETE SET NULL,
    step_id INTEGER REFERENCES ${t.steps} (id) ON DELETE SET NULL,
    event_type TEXT NOT NULL,
    timestamp TEXT NOT NULL,
    metadata TEXT
  )`,
  `CREATE TABLE ${t.failed_steps_history} (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    original_step_id INTEGER NOT NULL,
    project_id INTEGER NOT NULL REFERENCES ${t.projects} (id) ON DELETE CASCADE,
    step_num INTEGER NOT NULL,
    branch TEXT NOT NULL,
    scope TEXT NOT NULL,
    worktree TEXT,
    agent_id TEXT,
    claimed_at TEXT,
    started_at TEXT,
    failed_at TEXT,
    last_commit TEXT,
    files_modified TEXT,
    notes TEXT,
    archived_at TEXT NOT NULL,
    attempt INTEGER
  )`,
  `CREATE TABLE ${t.claim_requests} (
    agent_id TEXT NOT NULL,
    request_id TEXT NOT NULL,
    arguments TEXT NOT NULL,
    step_id INTEGER NOT NULL REFERENCES ${t.steps} (id) ON DELETE CASCADE,
    attempt INTEGER NOT NULL,
    created_at TEXT NOT NULL,
    PRIMARY KEY (agent_id, request_id)
  ) WITHOUT ROWID`,
  `CREATE TABLE ${t.step_counts} (
    project_id INTEGER NOT NULL,
    status TEXT NOT NULL,
    scope TEXT NOT NULL,
    steps INTEGER NOT NULL,
    timed_steps INTEGER NOT NULL,
    work_ms INTEGER NOT NULL,
    PRIMARY KEY (project_id, status, scope)
  ) WITHOUT ROWID`,
  `CREATE TABLE ${t.agent_counts} (
    agent_id TEXT NOT NULL,
    project_id INTEGER NOT NULL,
    scope TEXT NOT NULL,
    steps INTEGER NOT NULL,
    timed_steps INTEGER NOT NULL,
    work_ms INTEGER NOT NULL,
    PRIMARY KEY (agent_id, project_id, scope)
  ) WITHOUT ROWID`,

  `CREATE INDEX ${t.prefix}projects_listed ON ${t.projects} (priority DESC, id DESC)`,
  `CREATE INDEX ${t.prefix}projects_by_status ON ${t.projects} (status, priority DESC, id DESC)`,
  `CREATE INDEX ${t.prefix}projects_active ON ${t.projects} (priority DESC, id) WHERE status = 'active'`,
  `CREATE INDEX ${t.prefix}steps_ready ON ${t.steps} (project_id, step_num)
    WHERE status = 'not_started' AND unmet_dependencies = 0`,
  `CREATE INDEX ${t.prefix}steps_ready_scope ON ${t.steps} (project_id, scope, step_num)
    WHERE status = 'not_started' AND unmet_dependencies = 0`,
  `CREATE INDEX ${t.prefix}steps_lease ON ${t.steps} (lease_expires_at) WHERE status IN ('claimed', 'in_progress')`,
  `CREATE INDEX ${t.prefix}steps_silent ON ${t.steps} (last_heartbeat, id) WHERE status IN ('claimed', 'in_progress')`,
  `CREATE INDEX ${t.prefix}steps_held ON ${t.steps} (agent_id, id) WHERE status IN ('claimed', 'in_progress')`,
  `CREATE INDEX ${t.prefix}claim_requests_step ON ${t.claim_requests} (step_id)`,
  `CREATE INDEX ${t.prefix}claim_requests_age ON ${t.claim_requests} (created_at)`,
  `CREATE INDEX ${t.prefix}dependencies_reverse ON ${t.dependencies} (depends_on_step_id)`,
  `CREATE INDEX ${t.prefix}events_agent ON ${t.agent_events} (agent_id)`,
  `CREATE INDEX ${t.prefix}events_project ON ${t.agent_events} (project_id)`,
  `CREATE INDEX ${t.prefix}events_step ON ${t.agent_events} (step_id)`,
  `CREATE INDEX ${t.prefix}events_heartbeat ON ${t.agent_events} (timestamp) WHERE event_type = 'heartbeat'`,
  `CREATE INDEX ${t.prefix}history_project ON ${t.failed_steps_history} (project_id)`,
  `CREATE INDEX ${t.prefix}history_step ON ${t.failed_steps_history} (original_step_id)`,

  `CREATE TRIGGER ${t.prefix}steps_inserted AFTER INSERT ON ${t.steps} BEGIN
    ${countStep(t, "new", 1)}
    ${countForAgent(t, "new", 1)}
    ${countOpen(t, "new.project_id", `NOT (${isDone("new")})`)}
  END`,
  `CREATE TRIGGER ${t.prefix}steps_leaving BEFORE DELETE ON ${t.steps} BEGIN
    DELETE FROM ${t.dependencies} WHERE depends_on_step_id = old.id;
  END`,
  `CREATE TRIGGER ${t.prefix}steps_deleted AFTER DELETE ON ${t.steps} BEGIN
    ${countStep(t, "old", -1)}
    ${countForAgent(t, "old", -1)}
    ${countOpen(t, "old.project_id", `-(NOT (${isDone("old")}))`)}
  END`,
  `CREATE TRIGGER ${t.prefix}steps_counted AFTER UPDATE OF status, scope, started_at, completed_at ON ${t.steps}
  WHEN old.status <> new.status OR old.scope <> new.scope OR old.work_ms IS NOT new.work_ms BEGIN
    ${countStep(t, "old", -1)}
    ${countStep(t, "new", 1)}
  END`,
  `CREATE TRIGGER ${t.prefix}steps_done AFTER UPDATE OF status, scope, agent_id, started_at, completed_at ON ${t.steps}
  WHEN ${isDone("old")} OR ${isDone("new")} BEGIN
    ${countForAgent(t, "old", -1)}
    ${countForAgent(t, "new", 1)}
  END`,
  `CREATE TRIGGER ${t.prefix}steps_opened AFTER UPDATE OF status ON ${t.steps}
  WHEN (${isDone("old")}) <> (${isDone("new")}) BEGIN
    UPDATE ${t.steps} SET unmet_dependencies = unmet_dependencies + CASE WHEN ${isDone("new")} THEN -1 ELSE 1 END
    WHERE id IN (SELECT step_id FROM ${t.dependencies} WHERE depends_on_step_id = new.id);
    ${countOpen(t, "new.project_id", `CASE WHEN ${isDone("new")} THEN -1 ELSE 1 END`)}
  END`,
  `CREATE TRIGGER ${t.prefix}dependencies_inserted AFTER INSERT ON ${t.dependencies} BEGIN
    UPDATE ${t.steps} SET unmet_dependencies = unmet_dependencies + 1
    WHERE id = new.step_id
      AND EXISTS (SELECT 1 FROM ${t.steps} d WHERE d.id = new.depends_on_step_id AND NOT (${isDone("d")}));
  END`,
  `CREATE TRIGGER ${t.prefix}dependencies_deleted AFTER DELETE ON ${t.dependencies} BEGIN
    UPDATE ${t.steps} SET unmet_dependencies = unmet_dependencies - 1
    WHERE id = old.step_id
      AND EXISTS (SELECT 1 FROM ${t.steps} d WHERE d.id = old.depends_on_step_id AND NOT (${isDone("d")}));
  END`
]
