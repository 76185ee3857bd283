import { ProjectStatus, StepStatus, UnblockOn } from "../../domain/Status.ts"
import type { Parameter } from "../store/Query.ts"
import { perStore, type Sql, type ValueType } from "../store/Sql.ts"

/** Rows of a page, and of a batch. */
export const pageSize = 500

type Columns = Readonly<Record<string, "integer" | "text">>

const columnsOf = (text: string, integers: string): Columns => ({
  ...Object.fromEntries(integers.split(" ").map((name) => [name, "integer" as const])),
  ...Object.fromEntries(text.split(" ").flatMap((name) => (name === "" ? [] : [[name, "text" as const]])))
})

/*
 * The tables in the order in which they can be filled, with the columns that are moved. Others follow from these: triggers and the engine
 * make them.
 */
const tables = {
  agent_sessions: columnsOf("id client_name client_version host started_at last_seen_at ended_at", "pid"),
  projects: columnsOf(
    "name base_commit created_at status unblock_on",
    "id priority revision estimated_steps estimated_minutes default_minutes"
  ),
  steps: columnsOf(
    `branch scope status worktree agent_id claimed_at started_at completed_at last_heartbeat last_commit files_modified notes
     lease_expires_at merge_commit files session_id title description`.replace(/\s+/g, " "),
    "id project_id step_num attempt lost_attempts priority estimate_minutes tail_minutes"
  ),
  dependencies: columnsOf("", "step_id depends_on_step_id"),
  agent_events: columnsOf("agent_id event_type timestamp metadata", "id project_id step_id"),
  failed_steps_history: columnsOf(
    `branch scope worktree agent_id claimed_at started_at failed_at last_commit files_modified notes archived_at title
     description`.replace(/\s+/g, " "),
    "id original_step_id project_id step_num attempt"
  ),
  claim_requests: columnsOf("agent_id request_id arguments created_at", "step_id attempt")
} as const

export type TableName = keyof typeof tables

export const tableNames = Object.keys(tables) as ReadonlyArray<TableName>

export const isTable = (name: unknown): name is TableName => tableNames.includes(name as TableName)

export const columns = (table: TableName): Columns => tables[table]

/** Columns that hold one of a few words. */
export const words: Readonly<Record<string, ReadonlyArray<string>>> = {
  "projects.status": ProjectStatus.literals,
  "projects.unblock_on": UnblockOn.literals,
  "steps.status": StepStatus.literals
}

/** Columns that hold the id of a row of an earlier table, or nothing. */
export const references: Readonly<Record<string, TableName>> = {
  "steps.project_id": "projects",
  "dependencies.step_id": "steps",
  "dependencies.depends_on_step_id": "steps",
  "agent_events.project_id": "projects",
  "agent_events.step_id": "steps",
  "failed_steps_history.project_id": "projects",
  "claim_requests.step_id": "steps"
}

/** What a page is ordered by. */
const keys: Readonly<Record<TableName, ReadonlyArray<string>>> = {
  agent_sessions: ["id"],
  projects: ["id"],
  steps: ["id"],
  dependencies: ["step_id", "depends_on_step_id"],
  agent_events: ["id"],
  failed_steps_history: ["id"],
  claim_requests: ["agent_id", "request_id"]
}

export type Row = Readonly<Record<string, Parameter>>

export const keyOf = (table: TableName, row: Row): ReadonlyArray<Parameter> =>
  keys[table].map((key) => row[key] ?? null)

const pages = (sql: Sql, table: TableName) => {
  const key = keys[table].join(", ")
  const select = (where: string) =>
    `SELECT ${Object.keys(tables[table]).join(", ")} FROM ${sql[table]} ${where} ORDER BY ${key} LIMIT ${pageSize}`
  return { first: select(""), next: select(`WHERE (${key}) > (${keys[table].map(() => "?").join(", ")})`) }
}

/** Bound to a JSON array of rows. Projects are paused until their steps are there, because triggers complete active ones. New rows say this program's format, wherever they come from. */
const insert = (sql: Sql, table: TableName) => {
  const all = Object.entries(tables[table]) as ReadonlyArray<[string, ValueType]>
  const value = ([name, type]: readonly [string, ValueType]) =>
    table === "projects" && name === "status" ? "'paused'" : sql.field("moved.value", name, type)
  const isMarked = table === "projects" || table === "agent_events"
  return `INSERT INTO ${sql[table]} (${all.map(([name]) => name).join(", ")}${isMarked ? ", format" : ""})
    SELECT ${all.map(value).join(", ")}${isMarked ? `, ${sql.format}` : ""} FROM ${sql.items("?", "moved", "json")}`
}

export const statements = perStore((sql) => ({
  pages: Object.fromEntries(tableNames.map((table) => [table, pages(sql, table)])) as Record<
    TableName,
    ReturnType<typeof pages>
  >,
  insert: Object.fromEntries(tableNames.map((table) => [table, insert(sql, table)])) as Record<TableName, string>,
  /** Bound to a JSON array of a project's id and status each. */
  resume: `UPDATE ${sql.projects} SET status = ${sql.field("was.value", 1, "text")} FROM ${sql.items("?", "was", "json")}
    WHERE ${sql.projects}.id = ${sql.field("was.value", 0, "integer")}`,
  isUsed: `SELECT 1 AS one FROM ${sql.projects} UNION ALL SELECT 1 FROM ${sql.agent_events} LIMIT 1`
}))
