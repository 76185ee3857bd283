import type * as SqlClient from "@effect/sql/SqlClient"
import * as Effect from "effect/Effect"
import { StorageFailure } from "../../../domain/Errors.ts"
import { damaged } from "./sqliteErrors.ts"

/** Bytes of a file that is checked as a whole, at about 2 ms a megabyte. Of a larger one, only small tables are. */
const wholeUpTo = 8_000_000

/** Rows of a small table. */
const smallUpTo = 10_000

/** Real milliseconds after which no further table is checked, so that a start takes no longer with many tables. */
const budget = 100

/** Finds a damaged file before anything is written to it, in bounded time: pages that lie in large tables may escape. */
export const quickCheck = (sql: SqlClient.SqlClient) =>
  Effect.gen(function* () {
    const since = performance.now()
    const check = (argument: string) =>
      Effect.flatMap(sql.unsafe<object>(`PRAGMA quick_check(${argument})`).values, ([row]) =>
        row?.[0] === "ok" ? Effect.void : new StorageFailure({ reason: damaged })
      )
    const size = yield* sql<{ bytes: number }>`
      SELECT page_count * page_size AS bytes FROM pragma_page_count, pragma_page_size`
    if ((size[0]?.bytes ?? 0) <= wholeUpTo) return yield* check("1")
    const tables = yield* sql<{ name: string }>`
      SELECT replace(name, '"', '""') AS name FROM sqlite_schema WHERE type = 'table' AND rootpage > 0`
    for (const { name } of tables) {
      if (performance.now() - since > budget) return
      const rows = yield* sql.unsafe<object>(`SELECT 1 FROM "${name}" LIMIT 1 OFFSET ${smallUpTo}`)
      if (rows.length === 0) yield* check(`"${name}"`)
    }
  })
