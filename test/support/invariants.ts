import Sqlite from "better-sqlite3"

/*
 * What must hold of the database at every moment, whoever wrote to it and in whatever order. Seen by another SQLite connection
 * than hq's own, by means of the contract's tables.
 */

interface EventRow {
  readonly id: number
  readonly agent_id: string
  readonly step_id: number
  readonly event_type: string
  readonly metadata: string
}

interface StepRow {
  readonly id: number
  readonly project_id: number
  readonly step_num: number
  readonly status: string
  readonly agent_id: string | null
  readonly attempt: number
  readonly estimate_minutes: number | null
  readonly tail_minutes: number
}

interface DependencyRow {
  readonly step_id: number
  readonly depends_on_step_id: number
}

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
      WHEN status = 'not_started' THEN coalesce(agent_id, claimed_at, started_at, last_heartbeat, lease_expires_at, worktree) IS NULL
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

interface Standing {
  readonly status: string
  readonly attempt: number
  readonly agent: string | null
  /** From whom the step was recovered, as long as nothing was told of it since. */
  readonly lostBy?: string
}

const unclaimed: Standing = { status: "not_started", attempt: 0, agent: null }

interface Metadata {
  readonly attempt: number
  readonly late?: boolean
  readonly from_status?: string
  readonly from_agent?: string
  /** Step numbers: of edits of the plan. */
  readonly depends_on?: ReadonlyArray<number>
  readonly depends_no_more_on?: ReadonlyArray<number>
}

/** How the step stands after the event; undefined where the event does not fit what was told before. */
const next = (was: Standing, by: string, type: string, told: Metadata, isReady: boolean): Standing | undefined => {
  const isLive = was.status === "claimed" || was.status === "in_progress"
  const isSame = told.attempt === was.attempt
  const isHolders = isLive && isSame && was.agent === by
  const isTaken = isSame && was.status === told.from_status && was.agent === told.from_agent
  const open: Standing = { status: "not_started", attempt: was.attempt, agent: null }
  switch (type) {
    case "claimed":
      return was.status === "not_started" && told.attempt === was.attempt + 1 && isReady
        ? { status: "claimed", attempt: told.attempt, agent: by }
        : undefined
    case "heartbeat":
      return isHolders ? was : undefined
    case "started":
      return isHolders && was.status === "claimed" ? { ...was, status: "in_progress" } : undefined
    case "completed": {
      const isOnTime = isHolders && was.status === "in_progress" && told.late !== true
      const isLate = isSame && was.status === "not_started" && was.lostBy === by && told.late === true && isReady
      return isOnTime || isLate ? { status: "completed", attempt: was.attempt, agent: by } : undefined
    }
    case "failed":
      return isHolders || (isLive && isTaken) ? { ...was, status: "failed" } : undefined
    case "merged":
      return was.status === "completed" && isSame ? { ...was, status: "merged" } : undefined
    case "released":
      return isHolders ? open : undefined
    case "recovered":
      if (isLive && isTaken) return { ...open, lostBy: was.agent as string }
      return was.status === "failed" && isTaken ? open : undefined
    case "added":
      return was === unclaimed ? was : undefined
    case "changed":
      return was.status === "not_started" ? was : undefined
    case "cancelled":
      return was.status === "not_started" || was.status === "failed" ? { ...was, status: "cancelled" } : undefined
    default:
      return undefined
  }
}

/** What each step depends on, by step id; `redo` and `undo` play an edit of the plan forth and back. */
const dependenciesOver = (steps: ReadonlyArray<StepRow>, dependencies: ReadonlyArray<DependencyRow>) => {
  const ids = new Map(steps.map(({ id, project_id, step_num }) => [`${project_id}/${step_num}`, id]))
  const projects = new Map(steps.map(({ id, project_id }) => [id, project_id]))
  const found = new Map<number, Set<number>>(steps.map(({ id }) => [id, new Set()]))
  for (const { step_id, depends_on_step_id } of dependencies) found.get(step_id)?.add(depends_on_step_id)
  const play = (id: number, more: ReadonlyArray<number> = [], less: ReadonlyArray<number> = []) => {
    const idOf = (num: number) => ids.get(`${projects.get(id)}/${num}`) as number
    for (const num of more) found.get(id)?.add(idOf(num))
    for (const num of less) found.get(id)?.delete(idOf(num))
  }
  return {
    of: (id: number) => [...(found.get(id) ?? [])],
    redo: (id: number, told: Metadata) => play(id, told.depends_on, told.depends_no_more_on),
    undo: (id: number, told: Metadata) => play(id, told.depends_no_more_on, told.depends_on)
  }
}

/**
 * Tells the story of each step from its events alone, and finds what does not follow: a claim of a step that somebody holds or
 * whose dependencies are not done, a write of an attempt that is over, an attempt that does not rise by one; and at the end every
 * step that stands otherwise than the story says.
 */
const retell = (
  events: ReadonlyArray<EventRow>,
  steps: ReadonlyArray<StepRow>,
  dependencies: ReadonlyArray<DependencyRow>
): ReadonlyArray<string> => {
  const found: Array<string> = []
  const standings = new Map<number, Standing>()
  const graph = dependenciesOver(steps, dependencies)
  const told = (event: EventRow) => JSON.parse(event.metadata) as Metadata
  for (const event of events.toReversed()) graph.undo(event.step_id, told(event))
  for (const event of events) {
    graph.redo(event.step_id, told(event))
    const was = standings.get(event.step_id) ?? unclaimed
    const isReady = graph.of(event.step_id).every((id) => {
      const { status } = standings.get(id) ?? unclaimed
      return status === "completed" || status === "merged"
    })
    const is = next(was, event.agent_id, event.event_type, told(event), isReady)
    if (is === undefined) found.push(`event ${JSON.stringify(event)} cannot follow ${JSON.stringify(was)}`)
    else standings.set(event.step_id, is)
  }
  for (const { id, status, attempt, agent_id } of steps) {
    const told = standings.get(id) ?? unclaimed
    if (told.status !== status || told.attempt !== attempt || told.agent !== agent_id) {
      const stands = JSON.stringify({ status, attempt, agent: agent_id })
      found.push(`step ${id} stands at ${stands}, its events say ${JSON.stringify(told)}`)
    }
  }
  return found
}

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
