import * as Effect from "effect/Effect"
import { type InvalidInput, invalidInput } from "../../domain/Errors.ts"
import {
  columns,
  isTable,
  pageSize,
  type Row,
  references,
  type TableName,
  tableNames,
  words
} from "./transferTables.ts"

/** Version of the lines. Other columns raise it. */
export const exportFormat = 1

/** Characters of the rows of one batch: the memory that an import takes. */
const batchLength = 1_000_000

export interface Batch {
  readonly table: TableName
  readonly rows: ReadonlyArray<Row>
}

class Wrong extends Error {}

const parse = (line: string): Readonly<Record<string, unknown>> => {
  try {
    const value: unknown = JSON.parse(line)
    if (typeof value === "object" && value !== null) return value as Readonly<Record<string, unknown>>
  } catch {
    // Said below.
  }
  throw new Wrong("is not a JSON object; the file was changed or cut off")
}

/** Ids of the rows so far, of tables to which others refer. */
type Seen = Readonly<Record<"projects" | "steps", Set<unknown>>>

/** @param seen takes up the row's id */
const rowOf = (table: TableName, value: unknown, seen: Seen): Row => {
  const row = (typeof value === "object" && value !== null ? value : {}) as Row
  const known = columns(table)
  for (const [name, field] of Object.entries(row)) {
    if (known[name] === undefined) throw new Wrong(`has a column ${name}, which ${table} has not here: update this hq`)
    const isRight =
      field === null || (known[name] === "integer" ? Number.isSafeInteger(field) : typeof field === "string")
    if (!isRight) throw new Wrong(`has a ${name} that is not ${known[name] === "integer" ? "a whole number" : "text"}`)
    const allowed = words[`${table}.${name}`]
    if (allowed?.includes(String(field)) === false)
      throw new Wrong(`has a ${name} that is none of ${allowed.join(", ")}`)
    const target = references[`${table}.${name}`]
    if (field !== null && target !== undefined && !seen[target as keyof Seen].has(field)) {
      throw new Wrong(`has a ${name} that is the id of no row of ${target} above`)
    }
  }
  if (table === "projects" || table === "steps") {
    if (seen[table].has(row.id)) throw new Wrong(`has an id that another row of ${table} has`)
    seen[table].add(row.id)
  }
  return row
}

/** The rows of an export in batches of one table each. Throws Wrong at the first line that is not right. */
function* batches(lines: Iterable<string>, at: (line: number) => void): Generator<Batch, void> {
  let [number, count, length, order] = [0, 0, 0, 0]
  let rows: Array<Row> = []
  const seen: Seen = { projects: new Set(), steps: new Set() }
  let isOver = false
  const batch = (): Batch => ({ table: tableNames[order] as TableName, rows })
  for (const line of lines) {
    at(++number)
    const entry = parse(line)
    if (number === 1) {
      if (entry.hq_export !== exportFormat)
        throw new Wrong(`is not the beginning of an export of format ${exportFormat}`)
      continue
    }
    if (isOver) throw new Wrong("follows the end of the export")
    if (entry.end === true) {
      isOver = true
      if (entry.rows !== count) throw new Wrong(`says that there are ${entry.rows} rows, but there are ${count}`)
      continue
    }
    if (!isTable(entry.table)) throw new Wrong("names no table of hq")
    const place = tableNames.indexOf(entry.table)
    if (place < order) throw new Wrong(`has a row of ${entry.table} after those of ${tableNames[order]}`)
    if (rows.length > 0 && (place > order || rows.length >= pageSize || length > batchLength)) {
      yield batch()
      rows = []
      length = 0
    }
    order = place
    rows.push(rowOf(entry.table, entry.row, seen))
    length += line.length
    count++
  }
  if (!isOver) throw new Wrong("is the last, and the end of the export is missing")
  if (rows.length > 0) yield batch()
}

/** The batches of an export, one after the other. Fails at the line that is wrong. */
export const eachBatch = <E>(
  lines: Iterable<string>,
  use: (batch: Batch) => Effect.Effect<void, E>
): Effect.Effect<void, E | InvalidInput> =>
  Effect.suspend(() => {
    let line = 1
    const all = batches(lines, (at) => {
      line = at
    })
    const next = Effect.try({
      try: () => all.next(),
      catch: (error) => {
        if (!(error instanceof Wrong)) throw error
        return invalidInput(`line ${line}`, error.message)
      }
    })
    const rest: Effect.Effect<void, E | InvalidInput> = Effect.flatMap(next, (found) =>
      found.done === true ? Effect.void : Effect.zipRight(use(found.value), rest)
    )
    return rest
  })
