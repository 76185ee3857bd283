import type { Tables } from "../../Tables.ts"

/*
 * A step without an estimate counts as long as the mean of its project's estimates:
 * - projects.estimated_steps, estimated_minutes: number and sum of the estimates, cancelled steps aside;
 * - projects.default_minutes: what a step without an estimate counts as. tail_minutes is made with it, so it stays while the mean moves by
 *   less than a tenth.
 * hq writes them with tail_minutes, when it stores or edits a plan.
 */

/** To be followed by `writeTails` for every project. */
export const estimates = (t: Tables): ReadonlyArray<string> => {
  const ofProject = `FROM ${t.steps} WHERE project_id = ${t.projects}.id AND status <> 'cancelled'`
  return [
    `ALTER TABLE ${t.projects} ADD COLUMN estimated_steps INTEGER NOT NULL DEFAULT 0`,
    `ALTER TABLE ${t.projects} ADD COLUMN estimated_minutes INTEGER NOT NULL DEFAULT 0`,
    `ALTER TABLE ${t.projects} ADD COLUMN default_minutes INTEGER NOT NULL DEFAULT 1`,
    `UPDATE ${t.projects} SET estimated_steps = (SELECT count(estimate_minutes) ${ofProject}),
      estimated_minutes = (SELECT coalesce(sum(estimate_minutes), 0) ${ofProject})`,
    `UPDATE ${t.projects} SET default_minutes = max(1, CAST(round(1.0 * estimated_minutes / estimated_steps) AS INTEGER))
      WHERE estimated_steps > 0`
  ]
}
