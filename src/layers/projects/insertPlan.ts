import type { Tables } from "../store/Tables.ts"

/*
 * A plan, or steps for one, arrives as JSON and is taken apart by SQLite: two statements, however many steps it has. CROSS JOIN keeps
 * the planner from starting with the table of steps.
 */

/** Bound to: the project's id, and the steps as a JSON array of definitions. */
export const insertSteps = (t: Tables): string => `
  INSERT INTO ${t.steps} (project_id, step_num, branch, scope, priority, estimate_minutes, files, tail_minutes)
  SELECT ?, value ->> 'step_num', value ->> 'branch', value ->> 'scope', coalesce(value ->> 'priority', 0),
    value ->> 'estimate_minutes', nullif(value ->> 'files', '[]'), coalesce(value ->> 'tail_minutes', 1) FROM json_each(?)`

/** Bound to: a JSON array of objects with step_num and depends_on, and the project's id. */
export const insertDependencies = (t: Tables): string => `
  INSERT INTO ${t.dependencies} (step_id, depends_on_step_id)
  SELECT s.id, d.id FROM json_each(?) step CROSS JOIN json_each(step.value, '$.depends_on') num
  CROSS JOIN ${t.steps} s ON s.project_id = ? AND s.step_num = step.value ->> 'step_num'
  CROSS JOIN ${t.steps} d ON d.project_id = s.project_id AND d.step_num = num.value`
