import { ClaimedStep } from "../../../domain/Claim.ts"
import { otherHoldings } from "../../plan/holdings.ts"
import { metadata, stepColumns } from "../../store/fragments.ts"
import * as rows from "../../store/rows.ts"
import { perStore } from "../../store/Sql.ts"

/*
 * What a claim hands over beside the step: the commit to start from, what the dependencies left, and how earlier attempts ended.
 * One row, so that a claim stays one statement. It is bounded, because a step may depend on thousands, each with pages of notes. What
 * is left out shows: dependencies are counted, and attempts have numbers.
 */

const maxDependencies = 50
const maxNotes = 2000
const maxAttempts = 10
const maxFiles = 100

/** SQL of a text, truncated. */
const truncated = (text: string): string =>
  `CASE WHEN length(${text}) > ${maxNotes} THEN substr(${text}, 1, ${maxNotes}) || '…' ELSE ${text} END`

/** Columns of a claimed step, for RETURNING: the table goes by its own name. To be bound to `callerValues`. */
export const claimedColumns = perStore((sql): string => {
  /** How many there are beyond a limit; NULL if none. */
  const beyond = (limit: number, count: string) => `nullif(${sql.greatest(`${count} - ${limit}`, "0")}, 0)`
  /** The files that a row of that name lists, as two members of an object. */
  const filesOf = (row: string) => {
    const files = `(SELECT ${sql.jsonArrayOf("value")} FROM (
      SELECT value FROM ${sql.items(`${row}.files_modified`, "files", "text")} LIMIT ${maxFiles}) shown)`
    return {
      files_modified: sql.json(sql.ifJson(`${row}.files_modified`, files)),
      files_modified_more: sql.ifJson(
        `${row}.files_modified`,
        beyond(maxFiles, sql.jsonLength(`${row}.files_modified`))
      )
    }
  }
  const dependency = sql.jsonObject({
    step_num: "step_num",
    title: "title",
    branch: "branch",
    last_commit: "last_commit",
    notes: truncated("notes"),
    ...filesOf("needed")
  })
  const attemptOf = (event: string) => metadata(sql, "attempt", "integer", `${event}.metadata`)
  const worktree = `(SELECT ${metadata(sql, "worktree", "text", "begun.metadata")} FROM ${sql.agent_events} begun
    WHERE begun.step_id = ended.step_id AND begun.event_type = 'started' AND ${attemptOf("begun")} = ${attemptOf("ended")}
    ORDER BY begun.id DESC LIMIT 1)`
  const attempt = sql.jsonObject({
    attempt: metadata(sql, "attempt", "integer"),
    agent_id: `coalesce(${metadata(sql, "from_agent")}, agent_id)`,
    outcome: "event_type",
    worktree,
    notes: `CASE WHEN event_type = 'reopened' THEN ${truncated("kept_notes")} ELSE ${truncated(`(${metadata(sql, "reason")})`)} END`,
    rejected: `CASE WHEN event_type = 'reopened' THEN ${truncated(`(${metadata(sql, "reason")})`)} END`,
    last_commit: "last_commit",
    ...filesOf("ended")
  })
  return `${stepColumns(sql.steps)}, description,
  (SELECT base_commit FROM ${sql.projects} p WHERE p.id = project_id) AS base_commit,
  (SELECT ${sql.jsonArrayOf(dependency)} FROM (
    SELECT d.step_num, d.title, d.branch, d.last_commit, d.notes, d.files_modified FROM ${sql.dependencies} JOIN ${sql.steps} d ON d.id = depends_on_step_id
    WHERE step_id = ${sql.steps}.id ORDER BY d.step_num LIMIT ${maxDependencies}) needed) AS dependencies,
  ${beyond(maxDependencies, `(SELECT count(*) FROM ${sql.dependencies} WHERE step_id = ${sql.steps}.id)`)} AS dependencies_more,
  CASE WHEN attempt > 1 THEN (
    SELECT ${sql.jsonArrayOf(attempt)} FROM (
      SELECT latest.*, kept.notes AS kept_notes, kept.last_commit, kept.files_modified
      FROM (SELECT * FROM ${sql.agent_events} e
        WHERE e.step_id = ${sql.steps}.id AND event_type IN ('failed', 'released', 'recovered', 'reopened')
          AND coalesce(${metadata(sql, "from_status")}, '') <> 'failed'
        ORDER BY id DESC LIMIT ${maxAttempts}) latest
      LEFT JOIN ${sql.failed_steps_history} kept ON latest.event_type = 'reopened'
        AND kept.original_step_id = latest.step_id AND kept.attempt = ${attemptOf("latest")}
      ORDER BY latest.id) ended
  ) END AS previous_attempts,
  ${otherHoldings(sql)} AS holding`
})

export interface ClaimedRow extends rows.StepRow {
  readonly base_commit: string | null
  /** JSON arrays of objects, in which null stands for an absent field. */
  readonly dependencies: string
  readonly dependencies_more: number | null
  readonly previous_attempts: string | null
  readonly holding: string
}

export const objects = (text: string): ReadonlyArray<object> =>
  (JSON.parse(text) as ReadonlyArray<object>).map((object) => rows.present(object, Object.keys(object)))

export const claimedStep = (row: ClaimedRow): ClaimedStep =>
  rows.made(ClaimedStep, {
    ...rows.step(row),
    ...(row.base_commit === null ? {} : { base_commit: row.base_commit }),
    dependencies: objects(row.dependencies),
    ...(row.dependencies_more === null ? {} : { dependencies_more: row.dependencies_more }),
    ...(row.previous_attempts === null ? {} : { previous_attempts: objects(row.previous_attempts) })
  })
