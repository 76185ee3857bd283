import { SqlError } from "@effect/sql/SqlError"
import { assert, describe, it } from "@effect/vitest"
import { errors, isBusy, storageFailure } from "../../../../src/layers/store/sqlite/sqliteErrors.ts"

const error = (cause: unknown) => new SqlError({ cause, message: "driver's own words" })

const codes: ReadonlyArray<readonly [code: string, says: "busy" | "nothing" | RegExp]> = [
  ["SQLITE_BUSY", "busy"],
  ["SQLITE_BUSY_SNAPSHOT", "busy"],
  ["SQLITE_BUSY_RECOVERY", "busy"],
  ["SQLITE_LOCKED", "busy"],
  ["SQLITE_PROTOCOL", "busy"],
  ["SQLITE_FULL", /disk is full/],
  ["SQLITE_READONLY_DBMOVED", /read-only/],
  ["SQLITE_CORRUPT", /damaged/],
  ["SQLITE_NOTADB", /not a SQLite database/],
  ["SQLITE_CANTOPEN", /cannot be opened/],
  ["SQLITE_IOERR_WRITE", /could not be read or written/],
  ["SQLITE_NOMEM", /could not be read or written/],
  ["SQLITE_ERROR", "nothing"],
  ["SQLITE_CONSTRAINT_UNIQUE", "nothing"],
  ["SQLITE_MISUSE", "nothing"]
]

describe("the outcome of a failed commit", () => {
  it.each(["IOERR_FSYNC", "IOERR_WRITE", "IOERR_SHMMAP", "IOERR", "NOMEM", "READONLY_DBMOVED", "CORRUPT"])(
    "may have been kept after SQLITE_%s",
    (code) => assert.isTrue(errors.isOutcomeOpen(error({ code: `SQLITE_${code}` })))
  )

  it.each(["BUSY", "BUSY_SNAPSHOT", "LOCKED", "FULL", "CONSTRAINT_FOREIGNKEY", "ERROR", "MISUSE"])(
    "was certainly not kept after SQLITE_%s",
    (code) => assert.isFalse(errors.isOutcomeOpen(error({ code: `SQLITE_${code}` })))
  )
})

describe("an error of SQLite", () => {
  it.each(codes)("%s is told as what it is", (code, says) => {
    const found = error({ code, message: "driver's own words" })
    assert.strictEqual(isBusy(found), says === "busy")
    const failure = storageFailure(found)
    if (typeof says === "string") return assert.isUndefined(failure)
    assert.match(failure?.message ?? "", says)
    assert.notInclude(failure?.message, "driver's own words")
  })

  it.each([undefined, null, "SQLITE_BUSY", {}, { code: 5 }])("of another kind is neither: %j", (cause) => {
    assert.isFalse(isBusy(error(cause)))
    assert.isUndefined(storageFailure(error(cause)))
  })
})
