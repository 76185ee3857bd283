import type { Tables } from "../../Tables.ts"

/* Parts of triggers that migrations share. A file keeps a migration as it ran: change none of these, add others. */

export const isDone = (row: string) => `${row}.status IN ('completed', 'merged')`

/** Adds `sign` to the totals of the row that a trigger names `row`. */
export const countStep = (t: Tables, row: string, sign: 1 | -1) => `
  INSERT INTO ${t.step_counts} (project_id, status, scope, steps, timed_steps, work_ms)
  VALUES (${row}.project_id, ${row}.status, ${row}.scope, ${sign}, ${sign} * (${row}.work_ms IS NOT NULL), ${sign} * coalesce(${row}.work_ms, 0))
  ON CONFLICT DO UPDATE SET
    steps = steps + excluded.steps, timed_steps = timed_steps + excluded.timed_steps, work_ms = work_ms + excluded.work_ms;`

export const countForAgent = (t: Tables, row: string, sign: 1 | -1) => `
  INSERT INTO ${t.agent_counts} (agent_id, project_id, scope, steps, timed_steps, work_ms)
  SELECT ${row}.agent_id, ${row}.project_id, ${row}.scope, ${sign}, ${sign} * (${row}.work_ms IS NOT NULL), ${sign} * coalesce(${row}.work_ms, 0)
  WHERE ${isDone(row)} AND ${row}.agent_id IS NOT NULL
  ON CONFLICT DO UPDATE SET
    steps = steps + excluded.steps, timed_steps = timed_steps + excluded.timed_steps, work_ms = work_ms + excluded.work_ms;`

/** A project completes with its last open step, and is active again when one opens. */
export const countOpen = (t: Tables, projectId: string, change: string) => `
  UPDATE ${t.projects} SET
    open_steps = open_steps + (${change}),
    status = CASE
      WHEN status = 'active' AND open_steps + (${change}) = 0 THEN 'completed'
      WHEN status = 'completed' AND open_steps + (${change}) > 0 THEN 'active'
      ELSE status END
  WHERE id = ${projectId};`

/** Nothing is left to do on the step. */
export const isClosed = (row: string) => `${row}.status IN ('completed', 'merged', 'cancelled')`

export const isReady = (row: string) => `${row}.status = 'not_started' AND ${row}.unmet_dependencies = 0`

/** Writes nothing as long as the project has other ready steps. */
export const noteReady = (t: Tables, row: string) => `
  UPDATE ${t.projects} SET has_ready = NOT has_ready
  WHERE id = ${row}.project_id
    AND has_ready <> EXISTS (SELECT 1 FROM ${t.steps} s WHERE s.project_id = ${row}.project_id AND ${isReady("s")});`
