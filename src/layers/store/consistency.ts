import { closed, done, live, reset, unmet } from "./fragments.ts"
import { perStore, type Sql } from "./Sql.ts"

/*
 * What must hold of the stored rows at every moment. Triggers and guards see to it; a person at a shell, a damaged page or a fault of hq
 * may have broken it all the same.
 */

/** Something that must hold. */
export interface Rule {
  /** The group that it is told in. */
  readonly check: "counts" | "steps" | "leases"
  /** What is wrong with the rows that were found. */
  readonly what: string
  /** Finds the rows that break it, each with a `name` for a person. */
  readonly found: string
  /** Statements that put them right, and what each is bound to: the moment, or who mends. None if only a person can. */
  readonly mend: ReadonlyArray<{ readonly statement: string; readonly takes?: ReadonlyArray<"now" | "by"> }>
}

const step = (sql: Sql, where: string) => `
  SELECT p.name || '#' || s.step_num AS name FROM ${sql.steps} s JOIN ${sql.projects} p ON p.id = s.project_id WHERE ${where}`

const project = (sql: Sql, where: string) => `SELECT p.name AS name FROM ${sql.projects} p WHERE ${where}`

/** Rows of either query that the other one has not. */
const differing = (name: string, one: string, other: string) => `
  SELECT ${name} AS name FROM (SELECT * FROM (${one}) a EXCEPT SELECT * FROM (${other}) b) missing
  UNION ALL SELECT ${name} AS name FROM (SELECT * FROM (${other}) c EXCEPT SELECT * FROM (${one}) d) wrong`

/** Counts that triggers keep in a table of their own. @param keys columns that steps are grouped by @param which steps */
const totals = (sql: Sql, table: string, keys: string, which: string, name: string): Pick<Rule, "found" | "mend"> => {
  const recount = `
    SELECT ${keys}, count(*) AS steps, count(work_ms) AS timed_steps, coalesce(sum(work_ms), 0) AS work_ms
    FROM ${sql.steps} WHERE ${which} GROUP BY ${keys}`
  const kept = `
    SELECT ${keys}, steps, timed_steps, work_ms FROM ${table} WHERE NOT (steps = 0 AND timed_steps = 0 AND work_ms = 0)`
  return {
    found: differing(name, recount, kept),
    mend: [
      { statement: `DELETE FROM ${table}` },
      { statement: `INSERT INTO ${table} (${keys}, steps, timed_steps, work_ms) ${recount}` }
    ]
  }
}

const stepRules = (sql: Sql): ReadonlyArray<Rule> => {
  const s = sql.steps
  const heldByNobody = (row: string) => `${row}.${live} AND (${row}.agent_id IS NULL OR ${row}.attempt = 0)`
  const untimed = (row: string) => `${row}.${live} AND NOT (${heldByNobody(row)})
    AND (${row}.lease_expires_at IS NULL OR ${row}.last_heartbeat IS NULL OR ${row}.claimed_at IS NULL
      OR (${row}.status = 'in_progress' AND ${row}.started_at IS NULL))`
  const leftover = (row: string) =>
    `${row}.status = 'not_started' AND coalesce(${[
      "agent_id",
      "session_id",
      "worktree",
      "claimed_at",
      "started_at",
      "last_heartbeat",
      "lease_expires_at"
    ]
      .map((column) => `${row}.${column}`)
      .join(", ")}) IS NOT NULL`
  const leased = (row: string) =>
    `NOT (${row}.${live} OR ${row}.status = 'not_started') AND ${row}.lease_expires_at IS NOT NULL`
  return [
    {
      check: "steps",
      what: "held, but by no agent",
      found: step(sql, heldByNobody("s")),
      mend: [
        {
          statement: `INSERT INTO ${sql.agent_events} (agent_id, project_id, step_id, event_type, timestamp, metadata, format)
            SELECT ?, project_id, id, 'recovered', ?, ${sql.jsonObject({ attempt: "attempt", from_status: "status" })}, ${sql.format} FROM ${s} WHERE ${heldByNobody(s)}`,
          takes: ["by", "now"]
        },
        { statement: `UPDATE ${s} SET status = 'not_started', ${reset} WHERE ${heldByNobody(s)}` }
      ]
    },
    {
      check: "leases",
      what: "held without a lease or a time, so that no sweep takes them back",
      found: step(sql, untimed("s")),
      mend: [
        {
          statement: `UPDATE ${s} SET lease_expires_at = coalesce(lease_expires_at, ?), last_heartbeat = coalesce(last_heartbeat, ?),
            claimed_at = coalesce(claimed_at, ?), started_at = CASE WHEN status = 'in_progress' THEN coalesce(started_at, ?) END
            WHERE ${untimed(s)}`,
          takes: ["now", "now", "now", "now"]
        }
      ]
    },
    {
      check: "steps",
      what: "not started, but with marks of an agent",
      found: step(sql, leftover("s")),
      mend: [{ statement: `UPDATE ${s} SET ${reset} WHERE ${leftover(s)}` }]
    },
    {
      check: "leases",
      what: "not held, but with a lease",
      found: step(sql, leased("s")),
      mend: [{ statement: `UPDATE ${s} SET lease_expires_at = NULL WHERE ${leased(s)}` }]
    },
    {
      check: "steps",
      what: "held or done before a step that they depend on",
      found: step(
        sql,
        `s.status IN ('claimed', 'in_progress', 'completed', 'merged') AND EXISTS (
          SELECT 1 FROM ${sql.dependencies} JOIN ${s} d ON d.id = depends_on_step_id
          WHERE step_id = s.id AND NOT (d.${done}))`
      ),
      mend: []
    },
    {
      check: "steps",
      what: "merged without a commit, or with one and not merged",
      found: step(
        sql,
        "CASE WHEN s.status = 'merged' THEN 1 ELSE 0 END <> CASE WHEN s.merge_commit IS NULL THEN 0 ELSE 1 END"
      ),
      mend: []
    }
  ]
}

const countRules = (sql: Sql): ReadonlyArray<Rule> => {
  const [s, p] = [sql.steps, sql.projects]
  /** A count of a table's rows that stands in a column. @param row alias or name of the table */
  const column = (
    table: string,
    name: string,
    recount: (row: string) => string,
    find: (where: string) => string,
    alias: string
  ): Pick<Rule, "found" | "mend"> => ({
    found: find(`${alias}.${name} <> (${recount(alias)})`),
    mend: [{ statement: `UPDATE ${table} SET ${name} = (${recount(table)}) WHERE ${name} <> (${recount(table)})` }]
  })
  const openSteps = (row: string) => `SELECT count(*) FROM ${s} o WHERE o.project_id = ${row}.id AND NOT (o.${closed})`
  return [
    {
      check: "counts",
      what: "with a wrong number of unmet dependencies",
      ...column(
        s,
        "unmet_dependencies",
        (row) => `SELECT count(*) FROM ${sql.dependencies} x JOIN ${s} d ON d.id = x.depends_on_step_id
          JOIN ${p} dp ON dp.id = d.project_id WHERE x.step_id = ${row}.id AND ${unmet("d", "dp")}`,
        (where) => step(sql, where),
        "s"
      )
    },
    {
      check: "counts",
      what: "that say wrongly whether they have a ready step",
      ...column(
        p,
        "has_ready",
        (row) => `SELECT CASE WHEN count(*) = 0 THEN 0 ELSE 1 END FROM ${s} r
          WHERE r.project_id = ${row}.id AND r.status = 'not_started' AND r.unmet_dependencies = 0`,
        (where) => project(sql, where),
        "p"
      )
    },
    {
      check: "counts",
      what: "with a wrong number of open steps",
      ...column(p, "open_steps", openSteps, (where) => project(sql, where), "p")
    },
    {
      check: "counts",
      what: "completed with steps to do, or active without one",
      found: project(
        sql,
        `p.status IN ('active', 'completed') AND p.status <> CASE WHEN (${openSteps("p")}) = 0 THEN 'completed' ELSE 'active' END`
      ),
      mend: [
        {
          statement: `UPDATE ${p} SET status = CASE WHEN open_steps = 0 THEN 'completed' ELSE 'active' END
            WHERE status IN ('active', 'completed')`
        }
      ]
    },
    {
      check: "counts",
      what: "totals of steps by project, status and scope",
      ...totals(sql, sql.step_counts, "project_id, status, scope", "project_id IS NOT NULL", "status")
    },
    {
      check: "counts",
      what: "totals of done steps by agent, project and scope",
      ...totals(sql, sql.agent_counts, "agent_id, project_id, scope", `${done} AND agent_id IS NOT NULL`, "agent_id")
    }
  ]
}

/** All rules, in the order in which they are mended: counts last, because they follow from the rest. */
export const consistency = perStore((sql): ReadonlyArray<Rule> => [...stepRules(sql), ...countRules(sql)])
