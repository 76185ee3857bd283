import type { Tables } from "../../Tables.ts"

/*
 * A change of unblock_on counts the unmet dependencies of each dependent from that step's side. From the other side, every dependent
 * went through all completed steps of the project.
 */

export const unblocking = (t: Tables): ReadonlyArray<string> => {
  const fromStep = `
    SELECT count(*) FROM ${t.dependencies} CROSS JOIN ${t.steps} d ON d.id = depends_on_step_id
    WHERE step_id = ${t.steps}.id AND d.project_id = new.id AND d.status = 'completed'`
  const dependents = `
    SELECT step_id FROM ${t.steps} d CROSS JOIN ${t.dependencies} ON depends_on_step_id = d.id
    WHERE d.project_id = new.id AND d.status = 'completed'`
  return [
    `DROP TRIGGER ${t.prefix}projects_unblocking`,
    `CREATE TRIGGER ${t.prefix}projects_unblocking AFTER UPDATE OF unblock_on ON ${t.projects}
  WHEN old.unblock_on <> new.unblock_on BEGIN
    UPDATE ${t.steps} SET unmet_dependencies = unmet_dependencies
      + CASE WHEN new.unblock_on = 'completed' THEN -1 ELSE 1 END * (${fromStep})
    WHERE id IN (${dependents});
  END`
  ]
}
