import type { Tables } from "../../Tables.ts"
import { countForAgent, countOpen, countStep, isDone, isReady, noteReady } from "./triggerParts.ts"

/*
 * Priorities, estimates and merges:
 * - steps.priority, estimate_minutes, tail_minutes (the longest chain of dependents, the step included): the claim order. tail_minutes
 *   follows from dependencies and estimates alone, never from a status. hq writes it when it changes those; a person at the sqlite3
 *   shell who does not gets another order, and nothing worse;
 * - steps.merge_commit; projects.unblock_on: whether a dependency is met once it is completed, or only once it is merged;
 * - projects.has_ready: whether the project has a ready step, kept by triggers.
 */

/** The step no longer blocks its dependents. */
const isMet = (t: Tables, row: string) => `(${row}.status = 'merged' OR ${row}.status = 'completed'
    AND (SELECT unblock_on FROM ${t.projects} WHERE id = ${row}.project_id) = 'completed')`

/** Adds to the unmet dependencies of those steps. */
const countUnmet = (t: Tables, change: string, steps: string) => `
  UPDATE ${t.steps} SET unmet_dependencies = unmet_dependencies + (${change}) WHERE ${steps};`

/** Counts the dependency that a trigger names `row`, if it is unmet. */
const countDependency = (t: Tables, row: string, sign: 1 | -1) =>
  countUnmet(
    t,
    String(sign),
    `id = ${row}.step_id
      AND EXISTS (SELECT 1 FROM ${t.steps} d WHERE d.id = ${row}.depends_on_step_id AND NOT ${isMet(t, "d")})`
  )

/** Dependencies on completed steps of the project: a change of unblock_on meets all of them, or none. */
const completedDependencies = (t: Tables) => `
  ${t.steps} d JOIN ${t.dependencies} ON depends_on_step_id = d.id WHERE d.project_id = new.id AND d.status = 'completed'`

const columns = (t: Tables): ReadonlyArray<string> => [
  `ALTER TABLE ${t.steps} ADD COLUMN priority INTEGER NOT NULL DEFAULT 0`,
  `ALTER TABLE ${t.steps} ADD COLUMN estimate_minutes INTEGER`,
  `ALTER TABLE ${t.steps} ADD COLUMN tail_minutes INTEGER NOT NULL DEFAULT 1`,
  `ALTER TABLE ${t.steps} ADD COLUMN merge_commit TEXT`,
  `ALTER TABLE ${t.projects} ADD COLUMN unblock_on TEXT NOT NULL DEFAULT 'completed'`,
  `ALTER TABLE ${t.projects} ADD COLUMN has_ready INTEGER NOT NULL DEFAULT 0`,
  `UPDATE ${t.projects} SET has_ready = 1 WHERE EXISTS (
    SELECT 1 FROM ${t.steps} s WHERE s.project_id = ${t.projects}.id AND ${isReady("s")})`
]

const indexes = (t: Tables): ReadonlyArray<string> => [
  `DROP INDEX ${t.prefix}steps_ready`,
  `DROP INDEX ${t.prefix}steps_ready_scope`,
  `DROP INDEX ${t.prefix}projects_active`,
  `CREATE INDEX ${t.prefix}steps_ready ON ${t.steps} (project_id, priority DESC, tail_minutes DESC, step_num)
    WHERE status = 'not_started' AND unmet_dependencies = 0`,
  `CREATE INDEX ${t.prefix}steps_ready_scope ON ${t.steps} (project_id, scope, priority DESC, tail_minutes DESC, step_num)
    WHERE status = 'not_started' AND unmet_dependencies = 0`,
  `CREATE INDEX ${t.prefix}projects_ready ON ${t.projects} (priority DESC, id) WHERE status = 'active' AND has_ready = 1`
]

const triggers = (t: Tables): ReadonlyArray<string> => [
  ...["steps_counted", "steps_done", "steps_opened", "dependencies_inserted", "dependencies_deleted"].map(
    (name) => `DROP TRIGGER ${t.prefix}${name}`
  ),
  `CREATE TRIGGER ${t.prefix}steps_counted AFTER UPDATE OF status, scope, started_at, completed_at, project_id ON ${t.steps}
  WHEN old.status <> new.status OR old.scope <> new.scope OR old.work_ms IS NOT new.work_ms
    OR old.project_id <> new.project_id BEGIN
    ${countStep(t, "old", -1)}
    ${countStep(t, "new", 1)}
  END`,
  `CREATE TRIGGER ${t.prefix}steps_done
  AFTER UPDATE OF status, scope, agent_id, started_at, completed_at, project_id ON ${t.steps}
  WHEN ${isDone("old")} OR ${isDone("new")} BEGIN
    ${countForAgent(t, "old", -1)}
    ${countForAgent(t, "new", 1)}
  END`,
  `CREATE TRIGGER ${t.prefix}steps_opened AFTER UPDATE OF status ON ${t.steps}
  WHEN (${isDone("old")}) <> (${isDone("new")}) AND old.project_id = new.project_id BEGIN
    ${countOpen(t, "new.project_id", `CASE WHEN ${isDone("new")} THEN -1 ELSE 1 END`)}
  END`,
  // Only a person moves a step from one project to another.
  `CREATE TRIGGER ${t.prefix}steps_moved AFTER UPDATE OF project_id ON ${t.steps}
  WHEN old.project_id <> new.project_id BEGIN
    ${countOpen(t, "old.project_id", `-(NOT (${isDone("old")}))`)}
    ${countOpen(t, "new.project_id", `NOT (${isDone("new")})`)}
    ${noteReady(t, "old")}
    ${noteReady(t, "new")}
  END`,
  `CREATE TRIGGER ${t.prefix}steps_met AFTER UPDATE OF status, project_id ON ${t.steps}
  WHEN ${isMet(t, "old")} <> ${isMet(t, "new")} BEGIN
    ${countUnmet(
      t,
      `CASE WHEN ${isMet(t, "new")} THEN -1 ELSE 1 END`,
      `id IN (SELECT step_id FROM ${t.dependencies} WHERE depends_on_step_id = new.id)`
    )}
  END`,
  `CREATE TRIGGER ${t.prefix}dependencies_inserted AFTER INSERT ON ${t.dependencies} BEGIN
    ${countDependency(t, "new", 1)}
  END`,
  `CREATE TRIGGER ${t.prefix}dependencies_deleted AFTER DELETE ON ${t.dependencies} BEGIN
    ${countDependency(t, "old", -1)}
  END`,
  `CREATE TRIGGER ${t.prefix}dependencies_changed AFTER UPDATE ON ${t.dependencies} BEGIN
    ${countDependency(t, "old", -1)}
    ${countDependency(t, "new", 1)}
  END`,
  `CREATE TRIGGER ${t.prefix}steps_ready_inserted AFTER INSERT ON ${t.steps} WHEN ${isReady("new")} BEGIN
    ${noteReady(t, "new")}
  END`,
  `CREATE TRIGGER ${t.prefix}steps_ready_deleted AFTER DELETE ON ${t.steps} WHEN ${isReady("old")} BEGIN
    ${noteReady(t, "old")}
  END`,
  `CREATE TRIGGER ${t.prefix}steps_ready_changed AFTER UPDATE OF status, unmet_dependencies ON ${t.steps}
  WHEN (${isReady("old")}) <> (${isReady("new")}) BEGIN
    ${noteReady(t, "new")}
  END`,
  `CREATE TRIGGER ${t.prefix}projects_unblocking AFTER UPDATE OF unblock_on ON ${t.projects}
  WHEN old.unblock_on <> new.unblock_on BEGIN
    ${countUnmet(
      t,
      `CASE WHEN new.unblock_on = 'completed' THEN -1 ELSE 1 END
        * (SELECT count(*) FROM ${completedDependencies(t)} AND step_id = ${t.steps}.id)`,
      `id IN (SELECT step_id FROM ${completedDependencies(t)})`
    )}
  END`,
  // Whoever deletes it: its steps have been deleted before.
  `CREATE TRIGGER ${t.prefix}projects_deleted AFTER DELETE ON ${t.projects} BEGIN
    DELETE FROM ${t.step_counts} WHERE project_id = old.id;
    DELETE FROM ${t.agent_counts} WHERE project_id = old.id;
  END`
]

/** To be followed by `writeTails` for every project. */
export const plans = (t: Tables): ReadonlyArray<string> => [...columns(t), ...indexes(t), ...triggers(t)]
