import {
  existsSync,
  linkSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  writeFileSync
} from "node:fs"
import { dirname, join } from "node:path"
import { assert, describe, it } from "@effect/vitest"
import Sqlite from "better-sqlite3"
import * as Effect from "effect/Effect"
import * as Coordination from "../../../../src/layers/Coordination.ts"
import { backUp } from "../../../../src/layers/store/sqlite/copyFile.ts"
import { dump, query } from "../../../support/database.ts"
import { free, hq } from "../../../support/hq.ts"
import { tempDatabase, tempFolder } from "../../../support/temp.ts"

/** A database with a project, and what was done on it while it is open. */
const open = <A, E>(during: (file: string) => Effect.Effect<A, E>) =>
  Effect.suspend(() => {
    const file = tempDatabase()
    return Effect.provide(
      Effect.gen(function* () {
        yield* hq.create("p", free(3))
        yield* hq.claim("a")
        return [file, yield* during(file)] as const
      }),
      Coordination.layerSqlite({ filename: file })
    )
  })

describe("a backup", () => {
  it.effect("holds what is in the log of an open database, in one file of mode 0600", () =>
    Effect.gen(function* () {
      const to = join(tempFolder(), "copy.db")
      const [file, copy] = yield* open((file) => backUp(file, to, false))
      assert.deepStrictEqual(copy, { file: to, bytes: statSync(to).size, projects: 1, steps: 3 })
      assert.strictEqual(statSync(to).mode & 0o777, 0o600)
      assert.deepStrictEqual(readdirSync(dirname(to)), ["copy.db"])
      assert.deepStrictEqual(query(to, "PRAGMA journal_mode"), [{ journal_mode: "delete" }])
      const { agent_sessions: _, ...rows } = dump(to)
      const { agent_sessions: __, ...source } = dump(file)
      assert.deepStrictEqual(rows, source)
    })
  )

  it.effect("replaces a file only by force, and never the database, by whatever name", () =>
    Effect.gen(function* () {
      const folder = tempFolder()
      const to = join(folder, "copy.db")
      writeFileSync(to, "mine")
      const [file] = yield* open((file) =>
        Effect.gen(function* () {
          const refused = yield* Effect.flip(backUp(file, to, false))
          assert.deepInclude(refused, { _tag: "Conflict", reason: `${to} exists.` })
          assert.strictEqual(readFileSync(to, "utf8"), "mine")
          yield* backUp(file, to, true)
          symlinkSync(file, join(folder, "link.db"))
          for (const own of [file, `${file}-wal`, join(folder, "link.db")]) {
            const error = yield* Effect.flip(backUp(file, own, true))
            assert.include(error.message, "is the database itself, or a part of it")
          }
        })
      )
      assert.deepStrictEqual(query(to, "SELECT count(*) AS n FROM steps"), [{ n: 3 }])
      assert.deepStrictEqual(readdirSync(folder).sort(), ["copy.db", "link.db"])
      assert.deepStrictEqual(query(file, "SELECT count(*) AS n FROM steps"), [{ n: 3 }])
    })
  )

  it.effect("refuses a name whose log is there, a folder, and a folder that is missing", () =>
    Effect.gen(function* () {
      const folder = tempFolder()
      writeFileSync(join(folder, "used.db-wal"), "")
      mkdirSync(join(folder, "sub"))
      yield* open((file) =>
        Effect.gen(function* () {
          const why = (to: string) => Effect.map(Effect.flip(backUp(file, join(folder, to), true)), (_) => _.message)
          assert.include(yield* why("used.db"), "a database of that name is in use")
          assert.include(yield* why("sub"), "is not a file")
          assert.include(yield* why("nowhere/copy.db"), "There is no folder")
        })
      )
      const none = yield* Effect.flip(backUp(join(folder, "none.db"), join(folder, "copy.db"), false))
      assert.include(none.message, "There is no database")
    })
  )

  it.effect("of a damaged, a foreign or a newer file is none, and leaves nothing behind", () =>
    Effect.gen(function* () {
      const folder = tempFolder()
      const to = join(folder, "copy.db")
      const why = (file: string) => Effect.map(Effect.flip(backUp(file, to, false)), (_) => _.message)
      const [file] = yield* open(() => Effect.void)
      const damaged = readFileSync(file)
      damaged.fill(0x5a, 4096 * 3, 4096 * 4)
      writeFileSync(join(folder, "damaged.db"), damaged)
      assert.include(yield* why(join(folder, "damaged.db")), "damaged")
      writeFileSync(join(folder, "text.db"), "no database".repeat(100))
      assert.include(yield* why(join(folder, "text.db")), "not a SQLite database")
      const foreign = new Sqlite(join(folder, "foreign.db"))
      foreign.exec("CREATE TABLE t (a)")
      foreign.close()
      assert.include(yield* why(join(folder, "foreign.db")), "not one of hq")
      const newer = new Sqlite(file)
      newer.pragma("user_version = 1000")
      newer.close()
      assert.include(yield* why(file), "newer hq")
      assert.isFalse(existsSync(to))
      assert.deepStrictEqual(readdirSync(folder).sort(), ["damaged.db", "foreign.db", "text.db"])
    })
  )

  it.effect("does not overwrite a file that appears meanwhile", () =>
    Effect.gen(function* () {
      const to = join(tempFolder(), "copy.db")
      yield* open((file) =>
        Effect.gen(function* () {
          // The test's other name for the file that the copy is linked to.
          const other = join(dirname(to), "other")
          writeFileSync(other, "mine")
          const copying = yield* Effect.fork(Effect.exit(backUp(file, to, false)))
          yield* Effect.yieldNow()
          linkSync(other, to)
          const exit = yield* copying
          assert.isTrue(exit._tag === "Failure", "the copy replaced a file")
        })
      )
      assert.strictEqual(readFileSync(to, "utf8"), "mine")
    })
  )
})
