import { type Action, transitions } from "../../domain/Lifecycle.ts"
import * as rows from "./rows.ts"
import type { Sql, ValueType } from "./Sql.ts"

/* SQL that several statements share. Conditions are written as the partial indexes are, so that engines find those. */

/** List of the statuses that the lifecycle allows the action on. */
export const from = (action: Action): string =>
  `(${transitions[action].from.map((status) => `'${status}'`).join(", ")})`

/** The status that the action leads to. */
export const to = (action: Action): string => `'${transitions[action].to}'`

/** A step that can be claimed if its project is active. @param step name or alias of the steps' table */
export const isReady = (step: string): string => `${step}.status = 'not_started' AND ${step}.unmet_dependencies = 0`

/** Order in which the ready steps of one project are claimed. */
export const claimOrder = (step: string): string => `${step}.priority DESC, ${step}.tail_minutes DESC, ${step}.step_num`

/** A step that an agent holds. */
export const live = "status IN ('claimed', 'in_progress')"

/** A step that blocks its dependents until somebody does something. */
export const blocking = "status IN ('claimed', 'in_progress', 'failed')"

/** A step whose work is done. */
export const done = "status IN ('completed', 'merged')"

/** A step on which nothing is left to do. */
export const closed = "status IN ('completed', 'merged', 'cancelled')"

/** A dependency that is not met. @param step alias of the step that is waited for @param project alias of its project */
export const unmet = (step: string, project: string): string =>
  `NOT (${step}.status = 'merged' OR ${step}.status = ${project}.unblock_on)`

/** Whether some step depends on that one. @param id SQL of its id */
export const hasDependents = (sql: Sql, id: string): string =>
  `EXISTS (SELECT 1 FROM ${sql.dependencies} WHERE depends_on_step_id = ${id})`

/** A field of an event's metadata; NULL if a person left something that is not JSON. @param column qualified if need be */
export const metadata = (sql: Sql, field: string, type: ValueType = "text", column = "metadata"): string =>
  sql.ifJson(column, sql.field(column, field, type))

/** Assignments that take a step from its agent. */
export const reset = `agent_id = NULL, session_id = NULL, worktree = NULL, claimed_at = NULL, started_at = NULL, last_heartbeat = NULL,
  lease_expires_at = NULL`

/** Assignments that clear the results of an attempt, which `archive` has kept. */
export const clear = "lost_attempts = 0, completed_at = NULL, last_commit = NULL, files_modified = NULL, notes = NULL"

/** Keeps a step's attempt in the history, as the step was. Bound to: the moment, and the step's id. */
export const archive = (sql: Sql): string => `
  INSERT INTO ${sql.failed_steps_history} (original_step_id, project_id, step_num, branch, scope, title, description,
    worktree, agent_id, claimed_at, started_at, failed_at, last_commit, files_modified, notes, archived_at, attempt)
  SELECT id, project_id, step_num, branch, scope, title, description, worktree, agent_id, claimed_at, started_at,
    CASE WHEN status = 'failed' THEN (
      SELECT timestamp FROM ${sql.agent_events} WHERE step_id = s.id AND event_type = 'failed' ORDER BY id DESC LIMIT 1) END,
    last_commit, files_modified, notes, ?, attempt
  FROM ${sql.steps} s WHERE id = ?`

/** Columns of a project, and how many of its steps have each status. */
export const projectWithCounts = (sql: Sql): string =>
  `p.id, p.name, p.base_commit, p.created_at, p.status, p.priority, p.unblock_on, p.revision, (
    SELECT ${sql.jsonObjectOf("status", "n")} FROM (
      SELECT status, sum(steps) AS n FROM ${sql.step_counts} WHERE project_id = p.id GROUP BY status HAVING sum(steps) > 0 ORDER BY status
    ) counts) AS step_counts`

/** The columns of `StepRow`, without the description. @param step name or alias of the steps' table */
export const stepColumns = (step: string): string => rows.columnsInLists.map((column) => `${step}.${column}`).join(", ")

/** The same, without some of them. */
export const columnsWithout = (step: string, without: ReadonlyArray<string>): string =>
  rows.columnsInLists
    .filter((column) => !without.includes(column))
    .map((column) => `${step}.${column}`)
    .join(", ")

/** Who has a step, and since when. */
export const awaited = (step: string): string =>
  `${step}.id AS step_id, ${step}.step_num, ${step}.title, ${step}.status, ${step}.agent_id, ${step}.claimed_at, ${step}.lease_expires_at`

/** JSON of the session through which a step is held; NULL if nobody holds it, or without a session. */
export const heldThrough = (sql: Sql, step: string): string => {
  const fields = Object.fromEntries(rows.sessionColumns.map((column) => [column, `through.${column}`]))
  return `CASE WHEN ${step}.${live} THEN (
    SELECT ${sql.jsonObject(fields)} FROM ${sql.agent_sessions} through WHERE through.id = ${step}.session_id) END`
}

/** Columns of a step, its session, and the numbers of the steps it depends on. */
export const stepWithDependencies = (sql: Sql): string => `${stepColumns("s")}, ${heldThrough(sql, "s")} AS session, (
  SELECT ${sql.jsonArrayOf("d.step_num")} FROM (
    SELECT on_step.step_num FROM ${sql.dependencies} JOIN ${sql.steps} on_step ON on_step.id = depends_on_step_id
    WHERE step_id = s.id ORDER BY on_step.step_num
  ) d) AS depends_on`

/** Id of the latest event that says what was done to a step, edits of the plan aside. */
export const lastDone = (sql: Sql): string => `
  SELECT id FROM ${sql.agent_events} WHERE step_id = ? AND event_type NOT IN ('added', 'changed', 'refused_completion') ORDER BY id DESC LIMIT 1`
