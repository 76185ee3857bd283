import type { Sql } from "../store/Sql.ts"

/* A plan, or new steps for one, arrives as JSON and is taken apart by the engine: two statements, however many steps it has. */

/** Bound to: the project's id, and the steps as a JSON array of definitions. */
export const insertSteps = (sql: Sql): string => {
  const text = (field: string) => sql.field("step.value", field, "text")
  const integer = (field: string) => sql.field("step.value", field, "integer")
  return `
    INSERT INTO ${sql.steps} (project_id, step_num, branch, scope, title, description, priority, estimate_minutes,
      files, tail_minutes)
    SELECT ?, ${integer("step_num")}, ${text("branch")}, ${text("scope")}, ${text("title")}, ${text("description")}, coalesce(${integer("priority")}, 0),
      ${integer("estimate_minutes")}, nullif(${text("files")}, '[]'), coalesce(${integer("tail_minutes")}, 1)
    FROM ${sql.items("?", "step", "json")}`
}

/**
 * Bound to: a JSON array of objects with step_num and depends_on, and the project's id. The step is looked up before its dependencies
 * are taken apart: the other way around, its JSON would be read again for each of them.
 */
export const insertDependencies = (sql: Sql): string => `
  INSERT INTO ${sql.dependencies} (step_id, depends_on_step_id)
  SELECT s.id, d.id FROM ${sql.items("?", "step", "json")}
  ${sql.join} ${sql.steps} s ON s.project_id = ? AND s.step_num = ${sql.field("step.value", "step_num", "integer")}
  ${sql.join} ${sql.items(sql.field("step.value", "depends_on", "json"), "num", "integer")} ON true
  ${sql.join} ${sql.steps} d ON d.project_id = s.project_id AND d.step_num = num.value`
