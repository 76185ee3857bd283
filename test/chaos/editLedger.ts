import type { Database } from "better-sqlite3"

/** An edit that brings steps on branches `id`/first and `id`/second, and sets the priority of step 1. */
export interface Edit {
  readonly id: string
  readonly priority: number
  /** Made at any revision, not at an expected one. */
  readonly isBlind: boolean
  /** That which it was acknowledged to have made; undefined where no answer came. */
  revision: number | "refused" | undefined
}

interface Found {
  readonly branch: string
  readonly waits_for: string | null
  readonly is_needed: number
  readonly revision: number
}

/** Edits that the file has otherwise than they were acknowledged, or in part only; and what else does not add up. */
export const lostEdits = (db: Database, project: string, edits: ReadonlyArray<Edit>): ReadonlyArray<unknown> => {
  const found = db
    .prepare<[string], Found>(
      `SELECT s.branch, (SELECT n.branch FROM dependencies JOIN steps n ON n.id = depends_on_step_id WHERE step_id = s.id) AS waits_for,
         EXISTS (SELECT 1 FROM dependencies JOIN steps w ON w.id = step_id
           WHERE depends_on_step_id = s.id AND w.project_id = s.project_id AND w.step_num = 2) AS is_needed,
         e.metadata ->> 'revision' AS revision
       FROM projects p JOIN steps s ON s.project_id = p.id
       LEFT JOIN agent_events e ON e.step_id = s.id AND e.event_type = 'added' WHERE p.name = ? AND s.step_num > 2`
    )
    .all(project)
  const revision = db.prepare<[string]>("SELECT revision FROM projects WHERE name = ?").pluck().get(project)
  const priority = db
    .prepare<[string]>(
      "SELECT s.priority FROM projects p JOIN steps s ON s.project_id = p.id WHERE p.name = ? AND step_num = 1"
    )
    .pluck()
    .get(project)
  const wrong: Array<unknown> = []
  const byRevision = new Map<number, Edit>()
  for (const edit of edits) {
    const [first, second] = ["first", "second"].map((part) =>
      found.find(({ branch }) => branch === `${edit.id}/${part}`)
    )
    const isThere = first !== undefined || second !== undefined
    const isWhole = first?.is_needed === 1 && second?.waits_for === first.branch && first.revision === second.revision
    const isAsTold =
      edit.revision === undefined ||
      (edit.revision === "refused" ? !isThere : isThere && first?.revision === edit.revision)
    if ((isThere && !isWhole) || !isAsTold) wrong.push({ edit, first, second })
    if (first === undefined) continue
    if (byRevision.has(first.revision)) wrong.push({ edit, and: byRevision.get(first.revision) })
    byRevision.set(first.revision, edit)
  }
  if (found.length !== 2 * byRevision.size) wrong.push({ steps: found.length, edits: byRevision.size })
  if (revision !== 1 + byRevision.size) wrong.push({ revision, edits: byRevision.size })
  const last = byRevision.get(revision as number)
  if (last !== undefined && last.priority !== priority) wrong.push({ priority, last })
  return wrong
}
