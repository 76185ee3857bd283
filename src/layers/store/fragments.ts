import { type Action, transitions } from "../../domain/Lifecycle.ts"
import type { Tables } from "./Tables.ts"

/** SQL list of the statuses that the lifecycle allows the action on. */
export const from = (action: Action): string =>
  `(${transitions[action].from.map((status) => `'${status}'`).join(", ")})`

/** SQL text of the status that the action leads to. */
export const to = (action: Action): string => `'${transitions[action].to}'`

/** A step that can be claimed, once its project is known to be active. Written as the partial indexes are. */
export const ready = (alias: string): string => `${alias}.status = 'not_started' AND ${alias}.unmet_dependencies = 0`

/** Order in which the ready steps of a project are claimed. Written as the partial indexes are. */
export const claimOrder = (alias: string): string =>
  `${alias}.priority DESC, ${alias}.tail_minutes DESC, ${alias}.step_num`

/** A step that somebody holds. Written as the partial indexes are. */
export const live = "status IN ('claimed', 'in_progress')"

/** A step that holds up those that wait for it until somebody does something. Written as the partial indexes are. */
export const blocking = "status IN ('claimed', 'in_progress', 'failed')"

/** A dependency that is not met. @param step alias of the step that is waited for @param project alias of its project */
export const unmet = (step: string, project: string): string =>
  `NOT (${step}.status = 'merged' OR ${step}.status = ${project}.unblock_on)`

/** Some step depends on that one. @param id SQL of its id */
export const hasDependents = (t: Tables, id: string): string =>
  `EXISTS (SELECT 1 FROM ${t.dependencies} WHERE depends_on_step_id = ${id})`

/** A field of an event's metadata; NULL where a person left something that is not JSON. */
export const metadata = (field: string): string => `CASE WHEN json_valid(metadata) THEN metadata ->> '${field}' END`

/** Assignments that take a step from its agent. */
export const reset = `agent_id = NULL, worktree = NULL, claimed_at = NULL, started_at = NULL, last_heartbeat = NULL,
  lease_expires_at = NULL`

/** A step that no longer holds up its dependents. */
export const done = "status IN ('completed', 'merged')"

/** Columns of a project, and how many of its steps have each status. */
export const projectWithCounts = (t: Tables): string =>
  `p.id, p.name, p.base_commit, p.created_at, p.status, p.priority, p.unblock_on, p.revision, (
    SELECT json_group_object(status, n) FROM (
      SELECT status, sum(steps) AS n FROM ${t.step_counts} WHERE project_id = p.id GROUP BY status HAVING n > 0)
    ) AS step_counts`

/** Who has a step, and since when. */
export const awaited = (step: string): string =>
  `${step}.id AS step_id, ${step}.step_num, ${step}.status, ${step}.agent_id, ${step}.claimed_at, ${step}.lease_expires_at`

/** Columns of a step, and the numbers of those it depends on. */
export const stepWithDependencies = (t: Tables): string => `s.*, (
  SELECT coalesce(json_group_array(d.step_num), '[]') FROM (
    SELECT on_step.step_num FROM ${t.dependencies} JOIN ${t.steps} on_step ON on_step.id = depends_on_step_id
    WHERE step_id = s.id ORDER BY on_step.step_num
  ) d) AS depends_on`

/** Id of the last event that tells what was done to a step, edits of the plan aside. */
export const lastDone = (t: Tables): string => `
  SELECT id FROM ${t.agent_events} WHERE step_id = ? AND event_type NOT IN ('added', 'changed') ORDER BY id DESC LIMIT 1`
