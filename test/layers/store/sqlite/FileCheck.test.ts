import { copyFileSync, linkSync, renameSync, rmSync, utimesSync, writeFileSync } from "node:fs"
import { assert, describe, it } from "@effect/vitest"
import Database from "better-sqlite3"
import * as Effect from "effect/Effect"
import * as FileCheck from "../../../../src/layers/store/sqlite/FileCheck.ts"
import { tempDatabase } from "../../../support/temp.ts"

/** A check of a file that a connection has open, and that has been looked at once. */
const checked = Effect.gen(function* () {
  const file = tempDatabase()
  writeFileSync(file, "")
  const check = yield* FileCheck.make(file)
  const db = yield* Effect.acquireRelease(
    Effect.sync(() => new Database(file)),
    (db) => Effect.sync(() => db.close())
  )
  db.pragma("journal_mode = WAL")
  db.exec("CREATE TABLE numbers (n INTEGER)")
  assert.isUndefined(check.loss())
  /** A transaction as a store makes it. */
  const write = (statement: string) => {
    const mark = check.mark()
    if (mark !== undefined) db.exec(mark.before)
    db.exec(`BEGIN IMMEDIATE; ${mark?.within ?? ""}; ${statement}; COMMIT`)
    return check.afterCommit()?.message
  }
  return { db, file, check, write }
})

/** Looks until a look is no longer good enough. */
const lossNow = (check: FileCheck.OpenedCheck) => {
  for (let loss = check.loss(), since = performance.now(); ; loss = check.loss()) {
    if (loss !== undefined || performance.now() - since > 100) return loss
  }
}

const insert = "INSERT INTO numbers VALUES (1)"

describe("the check of a database file", () => {
  it.scoped("finds nothing in writes, checkpoints, VACUUM and a new time or name beside it", () =>
    Effect.gen(function* () {
      const { db, file, check, write } = yield* checked
      for (let round = 0; round < 3; round++) {
        assert.isUndefined(write(insert))
        db.pragma("wal_checkpoint(TRUNCATE)")
        assert.isUndefined(check.afterCommit())
      }
      db.exec("VACUUM")
      db.pragma("wal_checkpoint(TRUNCATE)")
      utimesSync(file, 0, 0)
      copyFileSync(file, `${file}.copy`)
      assert.isUndefined(write(insert))
      assert.isUndefined(check.loss())
    })
  )

  it.scoped("does not take a loss back", () =>
    Effect.gen(function* () {
      const { file, check } = yield* checked
      renameSync(file, `${file}.old`)
      assert.include(check.loss()?.failure.message, "was removed or renamed")
      renameSync(`${file}.old`, file)
      assert.include(check.before()?.message, "was removed or renamed")
    })
  )

  it.scoped("notices a second name of the file", () =>
    Effect.gen(function* () {
      const { file, write } = yield* checked
      linkSync(file, `${file}.link`)
      assert.include(write(insert) ?? "", `A hard link to the database file ${file} was made while hq was running`)
    })
  )

  it.scoped("tells every older copy by its counter, of one process's smallest writes", () =>
    Effect.gen(function* () {
      const { db, file, write } = yield* checked
      const copies: Array<string> = []
      for (let round = 0; round < 4; round++) {
        write(insert)
        db.pragma("wal_checkpoint(TRUNCATE)")
        copies.push(`${file}.${round}`)
        copyFileSync(file, `${file}.${round}`)
        assert.isUndefined(write("SELECT 1"))
      }
      copyFileSync(copies[2] as string, file)
      assert.include(write(insert) ?? "", "An older copy was written over")
    })
  )

  it.scoped("knows whether this process alone still has the log", () =>
    Effect.gen(function* () {
      const one = yield* checked
      for (const part of ["-wal", "-shm"]) rmSync(`${one.file}${part}`)
      assert.isTrue(lossNow(one.check)?.isLogRemoved)
      assert.isTrue((yield* one.check.lost).isLogRemoved)
      const other = yield* checked
      renameSync(`${other.file}-wal`, `${other.file}-wal.old`)
      writeFileSync(`${other.file}-wal`, "")
      assert.isFalse(lossNow(other.check)?.isLogRemoved)
    })
  )
})
