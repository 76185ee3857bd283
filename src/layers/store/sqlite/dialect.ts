import type { Dialect, Sql } from "../Sql.ts"
import { tables } from "../Tables.ts"
import { latest } from "./Migrations.ts"
import { readySteps } from "./readySteps.ts"

/** Casts are not needed: a JSON value keeps its type in SQLite. */
const fragments: Omit<Dialect, "indexed" | "readySteps"> = {
  join: "CROSS JOIN",
  isAmong: (id, query) => `${id} IN (${query})`,
  unindexed: (column) => `+${column}`,
  items: (json, alias) => `json_each(${json}) ${alias}`,
  field: (json, key, type) => `${json} ${type === "json" ? "->" : "->>"} ${typeof key === "number" ? key : `'${key}'`}`,
  ifJson: (text, sql) => `CASE WHEN json_valid(${text}) THEN ${sql} END`,
  jsonLength: (json) => `json_array_length(${json})`,
  // From version 3.54 on, a JSON value that comes out of CASE or of a subquery is text again.
  json: (sql) => `json(${sql})`,
  jsonObject: (fields) =>
    `json_object(${Object.entries(fields)
      .map(([name, sql]) => `'${name}', ${sql}`)
      .join(", ")})`,
  jsonArrayOf: (sql) => `json_group_array(${sql})`,
  jsonObjectOf: (key, value) => `json_group_object(${key}, ${value})`,
  greatest: (one, other) => `max(${one}, ${other})`,
  least: (one, other) => `min(${one}, ${other})`,
  like: (text, pattern) => `${text} LIKE ${pattern} ESCAPE '\\'`,
  caseless: (text) => `${text} COLLATE NOCASE`,
  recursive: ({ columns, first, limit, name, next }) => ({
    clause: `WITH RECURSIVE ${name} (${columns}) AS (${first} UNION ${next}${limit === undefined ? "" : ` LIMIT ${limit}`})`,
    rows: name
  }),
  // Other connections' commits count in data_version, this connection's rows in total_changes().
  changeVersion: "SELECT data_version || '/' || total_changes() AS version FROM pragma_data_version"
}

/** hq's tables with that prefix, as SQLite writes them. */
export const sqlite = (prefix: string): Sql => {
  const names = tables(prefix)
  const indexed = (index: string) => `INDEXED BY ${prefix}${index}`
  const { caseless, join } = fragments
  return {
    ...names,
    ...fragments,
    format: latest,
    indexed,
    readySteps: readySteps({ ...names, caseless, indexed, join })
  }
}
