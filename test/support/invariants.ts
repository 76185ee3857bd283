import Sqlite from "better-sqlite3"
import { type DependencyRow, type EventRow, retell, type StepRow } from "./retelling.ts"

/*
 * What must hold of the database at every moment, whoever wrote to it and in whatever order. Seen by another SQLite connection
 * than hq's own, by means of the contract's tables.
 */

const isClosed = (row: string) => `${row}.status IN ('completed', 'merged', 'cancelled')`
const isDone = (row: string) => `${row}.status IN ('completed', 'merged')`

/** Both ways, so that neither table may have a row that the other has not. */
const differs = (a: string, b: string) =>
  `SELECT * FROM (SELECT * FROM (${a}) EXCEPT SELECT * FROM (${b})) UNION ALL SELECT * FROM (SELECT * FROM (${b}) EXCEPT SELECT * FROM (${a}))`

/** Each rule with the SQL that finds the rows which break it. */
const rules = (p: string): Readonly<Record<string, string>> => ({
  "a step that is held has agent, lease and sign of life; one that waits has none of them": `
    SELECT id, status, attempt, agent_id, claimed_at, last_heartbeat, lease_expires_at FROM ${p}steps WHERE NOT CASE
      WHEN status IN ('claimed', 'in_progress') THEN attempt > 0 AND agent_id IS NOT NULL AND claimed_at IS NOT NULL
        AND last_heartbeat IS NOT NULL AND lease_expires_at IS NOT NULL AND (status = 'claimed' OR started_at IS NOT NULL)
      WHEN status = 'not_started' THEN coalesce(agent_id, session_id, claimed_at, started_at, last_heartbeat, lease_expires_at, worktree) IS NULL
      WHEN status = 'cancelled' THEN lease_expires_at IS NULL
      ELSE attempt > 0 AND agent_id IS NOT NULL AND lease_expires_at IS NULL END`,
  "no step is held or done before those it depends on are done": `
    SELECT s.id, s.status, d.id AS dependency, d.status AS dependency_status FROM ${p}dependencies
    JOIN ${p}steps s ON s.id = step_id JOIN ${p}steps d ON d.id = depends_on_step_id
    WHERE s.status IN ('claimed', 'in_progress', 'completed', 'merged') AND NOT (${isDone("d")})`,
  "unmet_dependencies is their number": `
    SELECT id, unmet_dependencies FROM ${p}steps s WHERE unmet_dependencies <> (
      SELECT count(*) FROM ${p}dependencies JOIN ${p}steps d ON d.id = depends_on_step_id
      JOIN ${p}projects p ON p.id = d.project_id
      WHERE step_id = s.id AND d.status <> 'merged' AND d.status <> p.unblock_on)`,
  "has_ready says whether there is a ready step": `
    SELECT id, has_ready FROM ${p}projects p WHERE has_ready <> EXISTS (
      SELECT 1 FROM ${p}steps WHERE project_id = p.id AND status = 'not_started' AND unmet_dependencies = 0)`,
  "a cancelled step depends on none, and none on it": `
    SELECT * FROM ${p}dependencies JOIN ${p}steps ON id IN (step_id, depends_on_step_id) WHERE status = 'cancelled'`,
  "nobody waits for longer than he said": `SELECT * FROM ${p}claim_waiters WHERE expires_at < since`,
  "a merged step has its commit, and no other has one": `
    SELECT id, status, merge_commit FROM ${p}steps WHERE (status = 'merged') <> (merge_commit IS NOT NULL)`,
  "open_steps is their number": `
    SELECT id, open_steps FROM ${p}projects p WHERE open_steps <> (
      SELECT count(*) FROM ${p}steps s WHERE project_id = p.id AND NOT (${isClosed("s")}))`,
  "a project is completed when all its steps are done, and not before": `
    SELECT id, status FROM ${p}projects p WHERE status NOT IN ('aborted', 'paused') AND (status = 'completed') <> NOT EXISTS (
      SELECT 1 FROM ${p}steps s WHERE project_id = p.id AND NOT (${isClosed("s")}))`,
  "step_counts are the counts": differs(
    `SELECT project_id, status, scope, count(*) AS steps, count(work_ms) AS timed_steps, coalesce(sum(work_ms), 0) AS work_ms
     FROM ${p}steps GROUP BY 1, 2, 3`,
    `SELECT project_id, status, scope, steps, timed_steps, work_ms FROM ${p}step_counts
     WHERE NOT (steps = 0 AND timed_steps = 0 AND work_ms = 0)`
  ),
  "agent_counts are the counts": differs(
    `SELECT agent_id, project_id, scope, count(*) AS steps, count(work_ms) AS timed_steps, coalesce(sum(work_ms), 0) AS work_ms
     FROM ${p}steps s WHERE ${isDone("s")} AND agent_id IS NOT NULL GROUP BY 1, 2, 3`,
    `SELECT agent_id, project_id, scope, steps, timed_steps, work_ms FROM ${p}agent_counts
     WHERE NOT (steps = 0 AND timed_steps = 0 AND work_ms = 0)`
  ),
  "a project that is gone left no counts": `
    SELECT project_id FROM (SELECT project_id FROM ${p}step_counts UNION SELECT project_id FROM ${p}agent_counts)
    WHERE project_id NOT IN (SELECT id FROM ${p}projects)`,
  "every failed attempt that was recovered is in the history": differs(
    `SELECT original_step_id AS step_id, attempt FROM ${p}failed_steps_history`,
    `SELECT step_id, metadata ->> 'attempt' FROM ${p}agent_events
     WHERE event_type = 'recovered' AND metadata ->> 'from_status' = 'failed' AND step_id IS NOT NULL`
  ),
  "a remembered request is that of a claim": `
    SELECT * FROM ${p}claim_requests r WHERE NOT EXISTS (
      SELECT 1 FROM ${p}agent_events e WHERE e.step_id = r.step_id AND event_type = 'claimed'
        AND e.agent_id = r.agent_id AND metadata ->> 'attempt' = r.attempt)`
})

/** Steps whose tail is not the longest chain of steps that wait for them, their own estimate included. */
export const wrongTails = (
  steps: ReadonlyArray<Pick<StepRow, "id" | "estimate_minutes" | "tail_minutes">>,
  dependencies: ReadonlyArray<DependencyRow>
): ReadonlyArray<string> => {
  const estimates = new Map(steps.map(({ estimate_minutes, id }) => [id, estimate_minutes ?? 1]))
  const dependents = new Map<number, Array<number>>()
  for (const { depends_on_step_id, step_id } of dependencies) {
    dependents.set(depends_on_step_id, [...(dependents.get(depends_on_step_id) ?? []), step_id])
  }
  const known = new Map<number, number>()
  const tail = (id: number): number => {
    const found = known.get(id) ?? (estimates.get(id) ?? 0) + Math.max(0, ...(dependents.get(id) ?? []).map(tail))
    known.set(id, found)
    return found
  }
  return steps
    .filter(({ id, tail_minutes }) => tail_minutes !== tail(id))
    .map(({ id, tail_minutes }) => `tail_minutes of step ${id} is ${tail_minutes}, and should be ${tail(id)}`)
}

/**
 * Looks for every invariant that the database breaks, and says so in words; none: all is well. What is found is of one moment,
 * also while others write.
 */
export const inspector = (db: Sqlite.Database, prefix = ""): (() => ReadonlyArray<string>) => {
  const found = Object.entries(rules(prefix)).map(
    ([rule, statement]) => [rule, db.prepare<[], object>(statement)] as const
  )
  const events = db.prepare<[], EventRow>(`SELECT * FROM ${prefix}agent_events WHERE step_id IS NOT NULL ORDER BY id`)
  const steps = db.prepare<[], StepRow>(`SELECT * FROM ${prefix}steps`)
  const dependencies = db.prepare<[], DependencyRow>(`SELECT * FROM ${prefix}dependencies`)
  return db.transaction(() => [
    ...found.flatMap(([rule, broken]) => broken.all().map((row) => `${rule}: ${JSON.stringify(row)}`)),
    ...retell(events.all(), steps.all(), dependencies.all()),
    ...wrongTails(steps.all(), dependencies.all())
  ])
}

/** The same of a file. */
export const violationsIn = (filename: string, prefix = ""): ReadonlyArray<string> => {
  const db = new Sqlite(filename, { readonly: true })
  try {
    return inspector(db, prefix)()
  } finally {
    db.close()
  }
}
