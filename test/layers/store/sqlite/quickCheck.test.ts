import { readFileSync, writeFileSync } from "node:fs"
import * as SqliteClient from "@effect/sql-sqlite-node/SqliteClient"
import { assert, describe, it } from "@effect/vitest"
import Database from "better-sqlite3"
import * as Effect from "effect/Effect"
import { quickCheck } from "../../../../src/layers/store/sqlite/quickCheck.ts"
import { tempDatabase } from "../../../support/temp.ts"

/** A file with a small table and one of so many kilobytes; a page of one of them is damaged. */
const damagedFile = (kilobytes: number, table: "large" | "small") => {
  const file = tempDatabase()
  const db = new Database(file)
  db.exec("CREATE TABLE small (a); INSERT INTO small VALUES (1); CREATE TABLE large (a)")
  db.prepare(
    "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ?) INSERT INTO large SELECT zeroblob(500) FROM n"
  ).run(kilobytes * 2)
  const root = db.prepare("SELECT rootpage FROM sqlite_schema WHERE name = 'small'").pluck().get() as number
  // The last page is a leaf of the large table.
  const page = table === "small" ? root : (db.pragma("page_count", { simple: true }) as number)
  db.close()
  const bytes = readFileSync(file)
  bytes.fill(0xff, (page - 1) * 4096 + 1, (page - 1) * 4096 + 8)
  writeFileSync(file, bytes)
  return file
}

const checked = (file: string) =>
  Effect.flatMap(SqliteClient.SqliteClient, quickCheck).pipe(
    Effect.provide(SqliteClient.layer({ filename: file, disableWAL: true }))
  )

describe("the check of a file at the start", () => {
  it.each([
    [100, "small"],
    [100, "large"],
    [10_000, "small"]
  ] as const)("finds a damaged page: %i KB, %s table", (kilobytes, table) =>
    Effect.runPromise(
      Effect.map(Effect.flip(checked(damagedFile(kilobytes, table))), (error) => {
        assert.match(
          String((error as { cause?: { code?: string } }).cause?.code ?? error.message),
          /damaged|SQLITE_CORRUPT/
        )
      })
    )
  )

  it("does not read a large table, because a start would take long", () =>
    Effect.runPromise(checked(damagedFile(10_000, "large"))))
})
