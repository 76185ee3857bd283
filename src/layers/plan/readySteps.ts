import { ready } from "../store/fragments.ts"
import type { Parameter } from "../store/Store.ts"
import type { Tables } from "../store/Tables.ts"

/*
 * Ready steps of several projects or scopes, in the order in which they are claimed: project priority, step priority, longest
 * chain of dependents, project, step number. Each project (and scope) is a line of its own, which an index keeps in that order; the
 * lines are merged, as their heads compare. That costs one seek of the index for each line, and one for each step that is wanted.
 */

/** No priority, tail or step number is as large. */
const beyond = Number.MAX_SAFE_INTEGER

/** A place in the claim order: just after that step. */
export interface Place {
  readonly project_priority: number
  readonly priority: number
  readonly tail_minutes: number
  readonly project_id: number
  readonly step_num: number
}

/** No project or step comes before it. */
export const start: Place = {
  project_priority: beyond,
  priority: beyond,
  tail_minutes: 0,
  project_id: 0,
  step_num: 0
}

export interface Wanted {
  /** The project's name; every active project where it is absent. */
  readonly project?: string | undefined
  /** Steps of these scopes only. */
  readonly scopes?: ReadonlyArray<string> | undefined
}

type Line = Record<"project" | "scope" | "priority" | "tail" | "num", string>

/** SQL of the id of the ready step that follows next in a line. Three seeks of the index: a single one would read what comes before, too. */
const follower = (t: Tables, isScoped: boolean, after: Line): string => {
  const next = (place: string, order: string) => `
    (SELECT r.id FROM ${t.steps} r INDEXED BY ${t.prefix}steps_ready${isScoped ? "_scope" : ""}
      WHERE r.project_id = ${after.project} ${isScoped ? `AND r.scope = ${after.scope}` : ""} AND ${ready("r")} AND ${place}
      ORDER BY ${order} LIMIT 1)`
  return `coalesce(
    ${next(`r.priority = ${after.priority} AND r.tail_minutes = ${after.tail} AND r.step_num > ${after.num}`, "r.step_num")},
    ${next(`r.priority = ${after.priority} AND r.tail_minutes < ${after.tail}`, "r.tail_minutes DESC, r.step_num")},
    ${next(`r.priority < ${after.priority}`, "r.priority DESC, r.tail_minutes DESC, r.step_num")})`
}

/** The steps as a table `line`, to stand before a SELECT from it, which gets them in order; its end, a LIMIT, is still missing. */
const line = (t: Tables, isNamed: boolean, isScoped: boolean): string => {
  const first: Line = {
    project: "p.id",
    scope: "wanted.value",
    // Projects of lower priority begin with their first step, others go on from the place.
    priority: `iif(p.priority < place.project_priority, ${beyond}, place.priority)`,
    tail: "place.tail_minutes",
    num: `CASE WHEN p.id > place.project_id THEN 0 WHEN p.id = place.project_id THEN place.step_num ELSE ${beyond} END`
  }
  const further: Line = {
    project: "line.project_id",
    scope: "line.scope",
    priority: "line.priority",
    tail: "line.tail_minutes",
    num: "line.step_num"
  }
  const columns = "s.priority, s.tail_minutes, s.project_id, s.step_num, s.scope"
  return `WITH RECURSIVE
    place (project_priority, priority, tail_minutes, project_id, step_num) AS (SELECT ?, ?, ?, ?, ?),
    line (id, project_priority, priority, tail_minutes, project_id, step_num, scope) AS (
      SELECT s.id, p.priority, ${columns}
      FROM place CROSS JOIN ${t.projects} p ${isNamed ? "" : `INDEXED BY ${t.prefix}projects_ready`}
        ON p.status = 'active' AND p.has_ready = 1 AND p.priority <= place.project_priority ${isNamed ? "AND p.name = ?" : ""}
      ${isScoped ? "CROSS JOIN json_each(?) wanted" : ""}
      CROSS JOIN ${t.steps} s ON s.id = ${follower(t, isScoped, first)}
      UNION ALL
      SELECT s.id, line.project_priority, ${columns}
      FROM line CROSS JOIN ${t.steps} s ON s.id = ${follower(t, isScoped, further)}
      ORDER BY 2 DESC, 3 DESC, 4 DESC, 5, 6`
}

export interface Query {
  readonly statement: string
  readonly values: ReadonlyArray<Parameter>
}

/** Makes queries for the first `limit` of the ready steps that are wanted. @param select what is asked of `line` */
export const readySteps = (t: Tables) => {
  const lines = [false, true].map((isNamed) => [false, true].map((isScoped) => line(t, isNamed, isScoped)))
  return ({ project, scopes }: Wanted, after: Place, limit: number, select: string): Query => ({
    // A limit that is bound has SQLite prepare the statement again at each run, which takes fifty times as long as the run itself.
    statement: `${lines[Number(project !== undefined)]?.[Number(scopes !== undefined)]} LIMIT ${Math.trunc(limit)}) ${select}`,
    values: [
      ...[after.project_priority, after.priority, after.tail_minutes, after.project_id, after.step_num],
      ...(project === undefined ? [] : [project]),
      ...(scopes === undefined ? [] : [JSON.stringify([...new Set(scopes)])])
    ]
  })
}
