import type { BlockerInProject } from "../../domain/answers/Explanations.ts"
import type { Blocker } from "../../domain/Claim.ts"
import { AgentEvent, Project, type SessionInfo, Step, type StepCounts } from "../../domain/Entities.ts"
import type { StepStatus } from "../../domain/Status.ts"

/*
 * Rows as the store returns them, and the entities made of them. Entities are not validated again, because hq wrote the rows itself and
 * validation costs more than the query.
 */

export interface StepRow {
  readonly id: number
  readonly project_id: number
  readonly step_num: number
  readonly branch: string
  readonly scope: string
  readonly title: string | null
  /** Absent unless the query selects it: lists would read up to 64 KiB a step. */
  readonly description?: string | null
  readonly status: string
  readonly priority: number
  readonly estimate_minutes: number | null
  readonly attempt: number
  readonly agent_id: string | null
  /** Absent unless the query selects it. */
  readonly session_id?: string | null
  readonly worktree: string | null
  readonly claimed_at: string | null
  readonly started_at: string | null
  readonly completed_at: string | null
  readonly last_heartbeat: string | null
  readonly lease_expires_at: string | null
  readonly last_commit: string | null
  readonly merge_commit: string | null
  /** JSON array of strings; absent from an edit's rows, as notes are. */
  readonly files_modified?: string | null
  /** JSON array of strings. */
  readonly files: string | null
  readonly notes?: string | null
  /** JSON object of the session through which it is held; absent unless the query selects it. */
  readonly session?: string | null
  /** JSON array of refused completions; absent unless the query selects it. */
  readonly refused_completions?: string
  /** JSON array of step numbers; absent unless the query selects it. */
  readonly depends_on?: string
}

/** Makes an entity without its constructor, which takes longer than the query even without validation. */
export const made = <A extends object>(entity: { readonly prototype: A }, fields: object): A =>
  Object.assign(Object.create(entity.prototype as object), fields)

/** Parses the JSON of a column; undefined if a person at the sqlite3 shell left something else. */
const json = (text: string): unknown => {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

/** The strings of a column's JSON array. */
export const texts = (text: string | null): ReadonlyArray<string> => {
  const found = text === null ? [] : json(text)
  return Array.isArray(found) ? found.filter((item) => typeof item === "string") : []
}

/** The properties of a row that are not NULL. */
export const present = (row: object, names: ReadonlyArray<string>): Record<string, unknown> => {
  const kept: Record<string, unknown> = {}
  for (const name of names) {
    const value = (row as Record<string, unknown>)[name]
    if (value !== null && value !== undefined) kept[name] = value
  }
  return kept
}

export const sessionColumns = [
  "id",
  "client_name",
  "client_version",
  "host",
  "pid",
  "started_at",
  "last_seen_at",
  "ended_at"
] as const

/** The session of a column with its JSON object; undefined if there is none. */
export const session = (text: string | null | undefined): SessionInfo | undefined =>
  text == null ? undefined : (present(json(text) as object, sessionColumns) as SessionInfo)

const stepColumns = [
  "id",
  "project_id",
  "step_num",
  "branch",
  "scope",
  "title",
  "description",
  "status",
  "priority",
  "estimate_minutes",
  "attempt",
  "agent_id",
  "worktree",
  "claimed_at",
  "started_at",
  "completed_at",
  "last_heartbeat",
  "lease_expires_at",
  "last_commit",
  "merge_commit",
  "notes"
] as const

/** The columns of a step that every query selects. */
export const columnsInLists: ReadonlyArray<string> = [
  ...stepColumns.filter((column) => column !== "description"),
  "files_modified",
  "files"
]

export const step = (row: StepRow): Step => {
  const fields = present(row, stepColumns)
  if (row.files_modified != null) fields.files_modified = texts(row.files_modified)
  if (row.files !== null) fields.files = texts(row.files)
  const through = session(row.session)
  if (through !== undefined) fields.session = through
  if (row.refused_completions !== undefined && row.refused_completions !== "[]") {
    fields.refused_completions = json(row.refused_completions)
  }
  if (row.depends_on !== undefined) fields.depends_on = json(row.depends_on)
  return made(Step, fields)
}

/** A step that others wait for, and who has it: the columns `awaited` of fragments. */
export interface AwaitedRow extends Record<"title" | "agent_id" | "claimed_at" | "lease_expires_at", string | null> {
  readonly step_id: number
  readonly step_num: number
  readonly status: StepStatus
}

const awaitedColumns = ["step_id", "step_num", "title", "status", "agent_id", "claimed_at", "lease_expires_at"] as const

export const awaited = (row: AwaitedRow): BlockerInProject => present(row, awaitedColumns) as BlockerInProject

/** The same, of several projects. */
export interface BlockerRow extends AwaitedRow {
  readonly project: string
}

export const blocker = (row: BlockerRow): Blocker => ({
  ...awaited(row),
  project: row.project as Blocker["project"]
})

export interface ProjectRow {
  readonly id: number
  readonly name: string
  readonly base_commit: string | null
  readonly created_at: string
  readonly status: string
  readonly priority: number
  readonly unblock_on: string
  readonly revision: number
  /** JSON object of status to number of steps. */
  readonly step_counts: string
}

const projectColumns = [
  "id",
  "name",
  "base_commit",
  "created_at",
  "status",
  "priority",
  "unblock_on",
  "revision"
] as const

export const project = (row: ProjectRow): Project => {
  const step_counts = json(row.step_counts) as StepCounts
  const total_steps =
    Object.values(step_counts).reduce<number>((sum, count) => sum + (count ?? 0), 0) - (step_counts.cancelled ?? 0)
  return made(Project, { ...present(row, projectColumns), total_steps, step_counts })
}

export interface EventRow {
  readonly id: number
  readonly agent_id: string
  readonly project_id: number | null
  readonly step_id: number | null
  readonly event_type: string
  readonly timestamp: string
  /** JSON object. */
  readonly metadata: string | null
}

const eventColumns = ["id", "agent_id", "project_id", "step_id", "event_type", "timestamp"] as const

export const event = (row: EventRow): AgentEvent => {
  const metadata = row.metadata === null ? undefined : json(row.metadata)
  return made(AgentEvent, { ...present(row, eventColumns), ...(metadata === undefined ? {} : { metadata }) })
}
