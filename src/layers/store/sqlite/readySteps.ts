import { spellings } from "../../../domain/Names.ts"
import { type ReadyStepsQuery, start } from "../claimOrder.ts"
import { isReady } from "../fragments.ts"
import type { Dialect } from "../Sql.ts"
import type { Tables } from "../Tables.ts"

/*
 * Ready steps of several projects or scopes in claim order. Each project (and scope) is a queue of its own, which an index keeps in
 * that order. The queues are merged by comparing their heads: one seek of the index for each queue, and one for each step.
 */

type Names = Tables & Pick<Dialect, "caseless" | "indexed" | "join">

/** SQL of a position in one queue. */
type Position = Record<"project" | "scope" | "priority" | "tail" | "num", string>

/** SQL of the id of the step that follows in a queue. Three seeks of the index: a single one would read what comes before, too. */
const follower = (t: Names, isScoped: boolean, after: Position): string => {
  const next = (where: string, order: string) => `
    (SELECT r.id FROM ${t.steps} r ${t.indexed(isScoped ? "steps_ready_scope" : "steps_ready")}
      WHERE r.project_id = ${after.project} ${isScoped ? `AND ${t.caseless("r.scope")} = ${after.scope}` : ""} AND ${isReady("r")} AND ${where}
      ORDER BY ${order} LIMIT 1)`
  return `coalesce(
    ${next(`r.priority = ${after.priority} AND r.tail_minutes = ${after.tail} AND r.step_num > ${after.num}`, "r.step_num")},
    ${next(`r.priority = ${after.priority} AND r.tail_minutes < ${after.tail}`, "r.tail_minutes DESC, r.step_num")},
    ${next(`r.priority < ${after.priority}`, "r.priority DESC, r.tail_minutes DESC, r.step_num")})`
}

/** The steps as a table `ready`, whose rows a SELECT gets in order. The end of the clause, a LIMIT, is still missing. */
const merged = (t: Names, isNamed: boolean, isScoped: boolean): string => {
  const beyond = start.priority
  const first: Position = {
    project: "p.id",
    scope: "wanted.value",
    // Projects of lower priority begin with their first step; others go on from the cursor.
    priority: `CASE WHEN p.priority < cursor.project_priority THEN ${beyond} ELSE cursor.priority END`,
    tail: "cursor.tail_minutes",
    num: `CASE WHEN p.id > cursor.project_id THEN 0 WHEN p.id = cursor.project_id THEN cursor.step_num ELSE ${beyond} END`
  }
  const further: Position = {
    project: "ready.project_id",
    scope: "ready.scope",
    priority: "ready.priority",
    tail: "ready.tail_minutes",
    num: "ready.step_num"
  }
  const columns = "s.priority, s.tail_minutes, s.project_id, s.step_num, s.scope"
  return `WITH RECURSIVE
    cursor (project_priority, priority, tail_minutes, project_id, step_num) AS (SELECT ?, ?, ?, ?, ?),
    ready (id, project_priority, priority, tail_minutes, project_id, step_num, scope) AS (
      SELECT s.id, p.priority, ${columns}
      FROM cursor ${t.join} ${t.projects} p ${isNamed ? "" : t.indexed("projects_ready")}
        ON p.status = 'active' AND p.has_ready = 1 AND p.priority <= cursor.project_priority ${isNamed ? "AND p.name = ?" : ""}
      ${isScoped ? `${t.join} json_each(?) wanted` : ""}
      ${t.join} ${t.steps} s ON s.id = ${follower(t, isScoped, first)}
      UNION ALL
      SELECT s.id, ready.project_priority, ${columns}
      FROM ready ${t.join} ${t.steps} s ON s.id = ${follower(t, isScoped, further)}
      ORDER BY 2 DESC, 3 DESC, 4 DESC, 5, 6`
}

export const readySteps = (t: Names): ReadyStepsQuery => {
  const clauses = [false, true].map((isNamed) => [false, true].map((isScoped) => merged(t, isNamed, isScoped)))
  return ({ project, scopes }, after, limit, { columns, join = "", where = "true", limit: shown }) => ({
    // SQLite prepares a statement with a bound LIMIT again at each run, which takes fifty times as long as the run itself.
    statement: `${clauses[Number(project !== undefined)]?.[Number(scopes !== undefined)]} LIMIT ${Math.trunc(limit)})
      SELECT ${columns} FROM ready ${t.join} ${t.steps} s ON s.id = ready.id ${join}
      WHERE ${where} ${shown === undefined ? "" : `LIMIT ${shown}`}`,
    values: [
      ...[after.project_priority, after.priority, after.tail_minutes, after.project_id, after.step_num],
      ...(project === undefined ? [] : [project]),
      ...(scopes === undefined ? [] : [JSON.stringify([...new Set(scopes.flatMap(spellings))])])
    ]
  })
}
