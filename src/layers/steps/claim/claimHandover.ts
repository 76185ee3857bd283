import { ClaimedStep } from "../../../domain/Entities.ts"
import { metadata } from "../../store/fragments.ts"
import * as rows from "../../store/rows.ts"
import type { Tables } from "../../store/Tables.ts"

/*
 * What a claim hands over beside the step: the commit to start from, what the dependencies left, and how earlier attempts ended.
 * One row, so that a claim stays one statement. Bounded, since a step may depend on thousands, each with pages of notes; what is left
 * out shows. Attempts are counted, so that the first of them tells how many came before.
 */

const maxDependencies = 50
const maxNotes = 2000
const maxAttempts = 10
const maxFiles = 100

/** SQL of a text, cut to its first characters. */
const cut = (text: string): string =>
  `iif(length(${text}) > ${maxNotes}, substr(${text}, 1, ${maxNotes}) || '…', ${text})`

/** SQL of how many there are beyond so many; NULL where none. */
const beyond = (many: number, count: string): string => `nullif(max(${count} - ${many}, 0), 0)`

/** Columns of a claimed step; the table goes by its own name, as RETURNING has it. */
export const claimedColumns = (t: Tables): string => `*,
  (SELECT base_commit FROM ${t.projects} p WHERE p.id = project_id) AS base_commit,
  (SELECT coalesce(json_group_array(json_object('step_num', step_num, 'branch', branch, 'last_commit', last_commit,
      'notes', ${cut("notes")}, 'files_modified', CASE WHEN json_valid(files_modified) THEN (
        SELECT json_group_array(value) FROM (SELECT value FROM json_each(files_modified) LIMIT ${maxFiles})) END,
      'files_modified_more', CASE WHEN json_valid(files_modified) THEN ${beyond(maxFiles, "json_array_length(files_modified)")} END
      )), '[]')
    FROM (SELECT d.* FROM ${t.dependencies} JOIN ${t.steps} d ON d.id = depends_on_step_id
      WHERE step_id = ${t.steps}.id ORDER BY d.step_num LIMIT ${maxDependencies})
  ) AS dependencies,
  ${beyond(maxDependencies, `(SELECT count(*) FROM ${t.dependencies} WHERE step_id = ${t.steps}.id)`)} AS dependencies_more,
  CASE WHEN attempt > 1 THEN (
    SELECT json_group_array(json_object('attempt', ${metadata("attempt")},
      'agent_id', coalesce(${metadata("from_agent")}, agent_id), 'outcome', event_type, 'notes', ${cut(`(${metadata("reason")})`)}))
    FROM (SELECT * FROM (SELECT * FROM ${t.agent_events} e
        WHERE e.step_id = ${t.steps}.id AND event_type IN ('failed', 'released', 'recovered')
          AND coalesce(${metadata("from_status")}, '') <> 'failed'
        ORDER BY id DESC LIMIT ${maxAttempts}) ORDER BY id)
  ) END AS previous_attempts`

export interface ClaimedRow extends rows.StepRow {
  readonly base_commit: string | null
  /** JSON arrays of objects in which null stands for what is absent. */
  readonly dependencies: string
  readonly dependencies_more: number | null
  readonly previous_attempts: string | null
}

const objects = (text: string): ReadonlyArray<object> =>
  (JSON.parse(text) as ReadonlyArray<object>).map((object) => rows.present(object, Object.keys(object)))

export const claimedStep = (row: ClaimedRow): ClaimedStep =>
  rows.made(ClaimedStep, {
    ...rows.step(row),
    ...(row.base_commit === null ? {} : { base_commit: row.base_commit }),
    dependencies: objects(row.dependencies),
    ...(row.dependencies_more === null ? {} : { dependencies_more: row.dependencies_more }),
    ...(row.previous_attempts === null ? {} : { previous_attempts: objects(row.previous_attempts) })
  })
