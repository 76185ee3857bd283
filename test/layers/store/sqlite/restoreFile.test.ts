import { existsSync, readdirSync, readFileSync, statSync, symlinkSync, writeFileSync } from "node:fs"
import { dirname, join } from "node:path"
import { assert, describe, it } from "@effect/vitest"
import Sqlite from "better-sqlite3"
import * as Effect from "effect/Effect"
import * as Coordination from "../../../../src/layers/Coordination.ts"
import { backUp } from "../../../../src/layers/store/sqlite/copyFile.ts"
import { restore } from "../../../../src/layers/store/sqlite/restoreFile.ts"
import { query } from "../../../support/database.ts"
import { free, hq } from "../../../support/hq.ts"
import { violationsIn } from "../../../support/invariants.ts"
import { tempDatabase, tempFolder } from "../../../support/temp.ts"

const on = <A, E, R>(file: string, work: Effect.Effect<A, E, R>) =>
  Effect.provide(work, Coordination.layerSqlite({ filename: file }))

/** A database with project p, a backup of it, and project q that was made later. */
const withBackup = Effect.gen(function* () {
  const file = tempDatabase()
  const copy = join(tempFolder(), "copy.db")
  yield* on(file, hq.create("p", free(2)))
  yield* backUp(file, copy, false)
  yield* on(file, hq.create("q", free(3)))
  return { file, copy }
})

const projects = (file: string) => query<{ name: string }>(file, "SELECT name FROM projects").map(({ name }) => name)

describe("restoring", () => {
  it.live("puts the backup in place, keeps the file that was there, and says who did it", () =>
    Effect.gen(function* () {
      const { copy, file } = yield* withBackup
      const { kept, ...restored } = yield* restore(file, copy, "human:ann", false)
      assert.deepStrictEqual(restored, { file, from: copy, bytes: statSync(copy).size, projects: 1, steps: 2 })
      assert.deepStrictEqual([projects(file), projects(kept as string)], [["p"], ["p", "q"]])
      const last = query(file, "SELECT agent_id, event_type, metadata FROM agent_events ORDER BY id DESC LIMIT 1")
      assert.deepStrictEqual(last, [
        { agent_id: "human:ann", event_type: "updated", metadata: JSON.stringify({ restored_from: copy }) }
      ])
      yield* on(file, hq.create("r", free(1)))
      assert.deepStrictEqual(projects(file), ["p", "r"])
      assert.deepStrictEqual(violationsIn(file), [])
      for (const one of [file, kept as string]) {
        assert.deepStrictEqual(query(one, "PRAGMA integrity_check"), [{ integrity_check: "ok" }])
        assert.strictEqual(statSync(one).mode & 0o777, 0o600)
      }
      // Nothing of the work is left, and no journal that SQLite would apply.
      const names = readdirSync(dirname(file)).filter((name) => !/-(wal|shm)$/.test(name))
      assert.lengthOf(names, 2)
    })
  )

  it.live("is refused while a process has the database open, be it idle, and names it", () =>
    Effect.gen(function* () {
      const { copy, file } = yield* withBackup
      yield* on(
        file,
        Effect.gen(function* () {
          yield* hq.claim("a")
          const error = yield* Effect.flip(restore(file, copy, "human:ann", false))
          assert.deepInclude(error, { _tag: "Conflict" })
          assert.include(error.message, `${process.pid}`)
          assert.include(error.message, "Nothing was changed")
        })
      )
      const idle = new Sqlite(file)
      idle.prepare("SELECT count(*) FROM steps").get()
      assert.include((yield* Effect.flip(restore(file, copy, "human:ann", true))).message, "have the database")
      idle.close()
      assert.deepStrictEqual(projects(file), ["p", "q"])
      assert.deepStrictEqual(
        readdirSync(dirname(file)).filter((name) => name.includes("tmp") || name.includes("replaced")),
        []
      )
      yield* restore(file, copy, "human:ann", false)
      assert.deepStrictEqual(projects(file), ["p"])
    })
  )

  it.live("keeps others from the old file until nobody can take its log for the new one's", () =>
    Effect.gen(function* () {
      const { copy, file } = yield* withBackup
      const early = new Sqlite(file, { timeout: 0 })
      const restoring = yield* Effect.fork(restore(file, copy, "human:ann", false))
      let kept: string | undefined
      while (kept === undefined) {
        yield* Effect.sleep("1 millis")
        kept = readdirSync(dirname(file)).find((name) => name.includes("replaced"))
      }
      assert.throws(() => early.prepare("SELECT count(*) FROM steps").get(), /locked/)
      yield* restoring
      early.close()
      assert.deepStrictEqual(projects(file), ["p"])
    })
  )

  it.live("checks the backup first, and only checks in a dry run", () =>
    Effect.gen(function* () {
      const { copy, file } = yield* withBackup
      const why = (from: string) => Effect.map(Effect.flip(restore(file, from, "human:ann", false)), (_) => _.message)
      const damaged = readFileSync(copy)
      damaged.fill(0x5a, 4096 * 3, 4096 * 4)
      writeFileSync(`${copy}.damaged`, damaged)
      assert.include(yield* why(`${copy}.damaged`), "damaged")
      assert.include(yield* why(`${copy}.none`), "There is no file")
      assert.include(yield* why(file), "is the database itself")
      const before = readFileSync(file)
      const tried = yield* restore(file, copy, "human:ann", true)
      assert.deepInclude(tried, { projects: 1, steps: 2 })
      assert.isUndefined(tried.kept)
      assert.deepStrictEqual(readFileSync(file), before)
      assert.deepStrictEqual(readdirSync(dirname(file)), ["hq.db"])
    })
  )

  it.live("replaces a file that is no database any more, and makes one that is missing", () =>
    Effect.gen(function* () {
      const { copy, file } = yield* withBackup
      writeFileSync(file, "garbage".repeat(1000))
      writeFileSync(`${file}-wal`, "log")
      const { kept } = yield* restore(file, copy, "human:ann", false)
      assert.deepStrictEqual(projects(file), ["p"])
      assert.include(readFileSync(kept as string, "utf8"), "garbage")
      assert.strictEqual(readFileSync(`${kept}-wal`, "utf8"), "log")
      const fresh = join(tempFolder(), "sub", "new.db")
      assert.isUndefined((yield* restore(fresh, copy, "human:ann", false)).kept)
      assert.deepStrictEqual(projects(fresh), ["p"])
    })
  )

  it.live("goes through a link to the file that it leads to, and takes a copy that has a log", () =>
    Effect.gen(function* () {
      const { copy, file } = yield* withBackup
      const link = join(tempFolder(), "link.db")
      symlinkSync(file, link)
      const source = new Sqlite(copy)
      source.pragma("journal_mode = WAL")
      source.exec("UPDATE projects SET name = 'changed'")
      yield* restore(link, copy, "human:ann", false)
      source.close()
      assert.deepStrictEqual([projects(file), projects(link)], [["changed"], ["changed"]])
      assert.isTrue(existsSync(link))
    })
  )
})
