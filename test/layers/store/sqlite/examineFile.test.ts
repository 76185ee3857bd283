import {
  chmodSync,
  linkSync,
  mkdirSync,
  readFileSync,
  statfsSync,
  statSync,
  truncateSync,
  writeFileSync
} from "node:fs"
import { join } from "node:path"
import { assert, describe, it } from "@effect/vitest"
import Sqlite from "better-sqlite3"
import * as Effect from "effect/Effect"
import { version } from "../../../../src/domain/version.ts"
import * as Coordination from "../../../../src/layers/Coordination.ts"
import { latest } from "../../../../src/layers/store/sqlite/Migrations.ts"
import * as SqliteFile from "../../../../src/layers/store/sqlite/SqliteFile.ts"
import { DatabaseFile } from "../../../../src/services/DatabaseFile.ts"
import { dump } from "../../../support/database.ts"
import { free, hq } from "../../../support/hq.ts"
import { originalDatabase } from "../../../support/original.ts"
import { tempDatabase, tempFolder } from "../../../support/temp.ts"

const fresh = Effect.gen(function* () {
  const filename = tempDatabase()
  yield* Effect.provide(Effect.zipRight(hq.create("p", free(2)), hq.take("a")), Coordination.layerSqlite({ filename }))
  return filename
})

const asked = <A, E>(filename: string, ask: (file: DatabaseFile["Type"]) => Effect.Effect<A, E>) =>
  Effect.provide(Effect.flatMap(DatabaseFile, ask), SqliteFile.layer({ filename }))

/** What is not well: check, status and detail of each. */
const findings = (filename: string) =>
  Effect.map(
    asked(filename, (_) => _.examine),
    (checks) =>
      checks.filter(({ status }) => status !== "ok").map((one) => `${one.check}: ${one.status}: ${one.detail}`)
  )

const run = (file: string, ...statements: ReadonlyArray<string>) => {
  const db = new Sqlite(file)
  for (const statement of statements) db.exec(statement)
  db.close()
}

describe("examine", () => {
  it.live("finds nothing in a file that is well, and changes nothing", () =>
    Effect.gen(function* () {
      const file = yield* fresh
      const before = [dump(file), readFileSync(file)]
      const checks = yield* asked(file, (_) => _.examine)
      assert.deepStrictEqual(
        checks.map(({ check, status }) => [check, status]),
        [
          "file",
          "modes",
          "disk space",
          "versions",
          "format",
          "write-ahead log",
          "integrity",
          "clock",
          "processes",
          "counts",
          "steps",
          "leases"
        ].map((check) => [check, "ok"])
      )
      assert.deepStrictEqual([dump(file), readFileSync(file)], before)
      yield* Effect.provide(
        Effect.flatMap(hq.take("b"), () => Effect.map(findings(file), (found) => assert.deepStrictEqual(found, []))),
        Coordination.layerSqlite({ filename: file })
      )
    })
  )

  it.live("says what stands in the way of opening it, and goes no further", () =>
    Effect.gen(function* () {
      const folder = tempFolder()
      const one = (found: ReadonlyArray<string>): string => {
        assert.lengthOf(found, 1)
        return found[0] as string
      }
      assert.include(one(yield* findings(join(folder, "none.db"))), "file: warning: There is no file")
      mkdirSync(join(folder, "sub"))
      assert.include(one(yield* findings(join(folder, "sub"))), "is not a file")
      const file = yield* fresh
      linkSync(file, join(folder, "second.db"))
      assert.include(one(yield* findings(file)), "file: error")
      const locked = yield* fresh
      chmodSync(locked, 0o444)
      assert.include(one(yield* findings(locked)), "it is read-only")
    })
  )

  it.live("finds a damaged file, garbage, and another program's database", () =>
    Effect.gen(function* () {
      const file = yield* fresh
      const damaged = readFileSync(file)
      damaged.fill(0x5a, 4096 * 3, 4096 * 4)
      writeFileSync(file, damaged)
      const found = yield* findings(file)
      assert.match(found.join("\n"), /^integrity: error: /m)
      assert.include(found, "counts: skipped: because of what is above")
      writeFileSync(file, "garbage".repeat(1000))
      assert.include((yield* findings(file))[0], "integrity: error: The file is not a SQLite database")
      const foreign = tempDatabase()
      run(foreign, "CREATE TABLE t (a)")
      chmodSync(foreign, 0o600)
      assert.include(yield* findings(foreign), "format: error: It is a SQLite database, but not one of hq.")
    })
  )

  it.live("finds another format, another journal, and rows that refer to nothing", () =>
    Effect.gen(function* () {
      const newer = yield* fresh
      run(newer, "PRAGMA user_version = 1000")
      assert.include((yield* findings(newer))[0], `A newer hq wrote it (format 1000, this one knows ${latest})`)
      const older = yield* fresh
      run(older, "PRAGMA user_version = 3")
      assert.include((yield* findings(older))[0], `format: warning: It is format 3, and this hq has ${latest}`)
      const original = originalDatabase()
      chmodSync(original, 0o600)
      assert.include(
        yield* findings(original),
        `format: warning: It is a file of the original hq, and this hq has ${latest}.`
      )
      const file = yield* fresh
      run(file, "PRAGMA journal_mode = DELETE", "PRAGMA foreign_keys = OFF", "UPDATE agent_events SET step_id = 99")
      const found = yield* findings(file)
      assert.include(found, "write-ahead log: warning: It is in delete mode.")
      assert.match(
        found.join("\n"),
        /integrity: error: \d+ rows refer to rows that are gone, the first in agent_events/
      )
    })
  )

  it.live("says which versions there are, and finds a disk that has no room for a copy of the file", () =>
    Effect.gen(function* () {
      const file = yield* fresh
      const [versions] = (yield* asked(file, (_) => _.examine)).filter(({ check }) => check === "versions")
      assert.match(
        versions?.detail ?? "",
        new RegExp(`^hq ${version} \\(format ${latest}\\), SQLite \\d[\\d.]+, Node ${process.versions.node}$`)
      )
      // A file takes no room where nothing is written.
      const { bavail, bsize } = statfsSync(file)
      truncateSync(file, bavail * bsize)
      const [found] = (yield* asked(file, (_) => _.examine)).filter(({ check }) => check === "disk space")
      assert.deepStrictEqual(
        [found?.status, found?.cure],
        ["warning", "Free some space: a backup needs as much as the database has, and VACUUM twice that."]
      )
    })
  )

  it.live("finds leases that say that something is wrong", () =>
    Effect.gen(function* () {
      const file = yield* fresh
      const at = (minutes: number) => new Date(Date.now() + minutes * 60_000).toISOString()
      run(file, `UPDATE steps SET lease_expires_at = '${at(60)}' WHERE step_num = 1`)
      assert.deepStrictEqual(yield* findings(file), ["leases: warning: 1 end later than a lease can: p#1"])
      run(file, `UPDATE steps SET lease_expires_at = '${at(-10)}' WHERE step_num = 1`)
      assert.deepStrictEqual(yield* findings(file), [
        "leases: warning: 1 ended over five minutes ago, and nobody took them back: p#1"
      ])
    })
  )
})

describe("mend", () => {
  it.live("takes the file from others, and puts rows right", () =>
    Effect.gen(function* () {
      const file = yield* fresh
      chmodSync(file, 0o644)
      run(file, "UPDATE projects SET open_steps = 9")
      const [modes, counts] = yield* findings(file)
      assert.include(modes, "modes: warning: Other users may use")
      assert.include(counts, "counts: error")
      assert.strictEqual(statSync(file).mode & 0o777, 0o644)
      const checks = yield* asked(file, (_) => _.mend("human:ann"))
      assert.strictEqual(statSync(file).mode & 0o777, 0o600)
      assert.deepStrictEqual(
        checks.filter(({ status }) => status === "mended").map(({ check }) => check),
        ["modes", "counts"]
      )
      assert.deepStrictEqual(yield* findings(file), [])
    })
  )
})
