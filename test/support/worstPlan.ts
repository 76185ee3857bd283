import Database from "better-sqlite3"
import { limits } from "../../src/domain/Text.ts"
import { latest } from "../../src/layers/store/sqlite/Migrations.ts"

/** What agents may write into a plan of 10,000 steps, every text as long as it may be and made of one character. */
export const worstPlan = (unit: string) => {
  const text = (length: number, begin = ""): string => {
    const whole = `${begin}${unit.repeat(length)}`.slice(0, length)
    return whole.isWellFormed() ? whole : whole.slice(0, -1)
  }
  const paths = (many: number, begin = "") =>
    Array.from({ length: many }, (_, num) => text(limits.path, `${begin}${num}/`))
  const name = (begin: string | number) => text(limits.name, `${begin} `)
  const path = (begin: string | number) => text(limits.path, `${begin} `)
  const prose = text(limits.prose)
  return { text, name, path, paths, prose, project: name("p"), agent: name("agent") }
}

export type WorstPlan = ReturnType<typeof worstPlan>

/** Steps that play a part. */
export const parts = {
  /** Completed, with all that an agent can leave. */
  completed: [1, 60],
  held: [61, 160],
  failed: [161, 170],
  /** Ready, and its files are those of a held one. */
  clashing: 201,
  /** Depends on all completed ones, was claimed ten times, and a person left notes and files on it. */
  again: 9999,
  /** Depends on all others. */
  last: 10_000
} as const

/** Writes the plan with SQL into a file that has hq's tables; triggers keep the counts. Its project has the id 1, step n the id n. */
export const store = (filename: string, { name, path, paths, prose, project, agent }: WorstPlan): void => {
  const db = new Database(filename)
  const run = (sql: string, ...values: ReadonlyArray<string | number>) => db.prepare(sql).run(...values)
  const at = "2020-01-01T00:00:00.000Z"
  const lease = "2120-01-01T00:00:00.000Z"
  const files = (many: number, begin = "") => JSON.stringify(paths(many, begin))
  const between = ([from, to]: readonly [number, number]) => `id BETWEEN ${from} AND ${to}`
  db.transaction(() => {
    const insertProject = db.prepare(
      `INSERT INTO projects (name, base_commit, created_at, format) VALUES (?, ?, ?, ${latest})`
    )
    insertProject.run(project, name("base"), at)
    for (let num = 2; num <= 150; num++) insertProject.run(name(num), name("base"), at)

    const insertStep = db.prepare(
      "INSERT INTO steps (project_id, step_num, branch, scope, title) VALUES (1, ?, ?, ?, ?)"
    )
    for (let num = 1; num <= parts.last; num++) insertStep.run(num, path(num), name(num), name(num))
    const depend = "INSERT INTO dependencies SELECT ?, id FROM steps WHERE"
    run(`${depend} id < ${parts.last}`, parts.last)
    run(`${depend} ${between(parts.completed)}`, parts.again)

    const left = "agent_id = ?, worktree = ?, claimed_at = ?, started_at = ?, last_heartbeat = ?"
    const leave = [agent, path("worktree"), at, at, at]
    run(
      `UPDATE steps SET status = 'completed', completed_at = ?, last_commit = ?, files_modified = ?, files = ?, notes = ?,
        attempt = 1, ${left} WHERE ${between(parts.completed)}`,
      ...[at, name("commit"), files(20), files(100, "made/"), prose, ...leave]
    )
    run("UPDATE steps SET files_modified = ? WHERE id = 1", files(300))
    run(
      `UPDATE steps SET status = 'in_progress', attempt = 1, lease_expires_at = ?, ${left} WHERE ${between(parts.held)}`,
      ...[lease, ...leave]
    )
    run(`UPDATE steps SET description = ? WHERE ${between(parts.held)}`, prose)
    run(`UPDATE steps SET files = ? WHERE id IN (61, 62, 63, ${parts.clashing})`, files(100, "src/"))
    run(
      `UPDATE steps SET status = 'failed', attempt = 1, notes = ?, ${left} WHERE ${between(parts.failed)}`,
      ...[prose, ...leave]
    )
    run(
      `UPDATE steps SET attempt = 12, notes = ?, files_modified = ?, files = ? WHERE id = ${parts.again}`,
      ...[prose, files(300), files(100, "again/")]
    )
    const event = db.prepare(
      `INSERT INTO agent_events (agent_id, project_id, step_id, event_type, timestamp, metadata, format)
      VALUES (?, 1, ?, ?, ?, ?, ${latest})`
    )
    for (let attempt = 1; attempt <= 12; attempt++) {
      event.run(agent, parts.again, "released", at, JSON.stringify({ attempt, reason: prose }))
    }
    for (let id = 1; id <= 120; id++) event.run(agent, id, "failed", at, JSON.stringify({ attempt: 1, reason: prose }))
    const total = db.prepare("INSERT INTO agent_counts VALUES (?, 1, ?, 1, 1, 1000)")
    for (let num = 0; num < parts.last; num++) total.run(name("tireless"), name(`scope ${num}`))
  })()
  db.close()
}
