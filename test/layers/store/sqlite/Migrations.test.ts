import { readdirSync, readFileSync, writeFileSync } from "node:fs"
import { dirname } from "node:path"
import * as SqliteClient from "@effect/sql-sqlite-node/SqliteClient"
import { assert, describe, it } from "@effect/vitest"
import Database from "better-sqlite3"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Coordination from "../../../../src/layers/Coordination.ts"
import { applicationId, latest } from "../../../../src/layers/store/sqlite/Migrations.ts"
import { tables } from "../../../../src/layers/store/Tables.ts"
import { query } from "../../../support/database.ts"
import { hq } from "../../../support/hq.ts"
import { tempDatabase } from "../../../support/temp.ts"

/** Makes a database file as another program would. */
const made = (script: string): string => {
  const filename = tempDatabase()
  const db = new Database(filename)
  db.exec(script)
  db.close()
  return filename
}

const schema = (filename: string) => query(filename, "SELECT type, name, sql FROM sqlite_schema ORDER BY name")
const pragma = (filename: string, name: string) => Object.values(query(filename, `PRAGMA ${name}`)[0] ?? {})[0]

/** Opens coordination on the file, and closes it again. */
const open = (filename: string) => Effect.scoped(Layer.build(Coordination.layerSqlite({ filename })))

/** Coordination is refused for that reason, and the file is left as it was, with nothing beside it. */
const refused = (filename: string, reason: string) =>
  Effect.gen(function* () {
    const before = readFileSync(filename)
    const files = readdirSync(dirname(filename))
    const error = yield* Effect.flip(open(filename))
    assert.strictEqual(error._tag, "StorageFailure")
    assert.strictEqual(error.message, `cannot open ${filename}: ${reason}`)
    assert.isTrue(before.equals(readFileSync(filename)))
    assert.deepStrictEqual(readdirSync(dirname(filename)), files)
  })

const notOurs = "it is a SQLite database, but not one of hq"
const newer = (version: number) =>
  `the database was written by a newer hq (format ${version}, this program knows ${latest}): update this program`

describe("a file of hq's own", () => {
  it.effect("gets the contract's tables, and is marked as hq's", () =>
    Effect.gen(function* () {
      const filename = tempDatabase()
      yield* open(filename)
      const names = schema(filename).flatMap(({ type, name }) => (type === "table" ? [name] : []))
      assert.includeMembers(names, ["projects", "steps", "dependencies", "agent_events", "failed_steps_history"])
      assert.strictEqual(pragma(filename, "application_id"), applicationId)
      assert.strictEqual(pragma(filename, "user_version"), latest)
      assert.strictEqual(pragma(filename, "journal_mode"), "wal")
    })
  )

  it.effect("is migrated once: opened again it is as it was", () =>
    Effect.gen(function* () {
      const filename = tempDatabase()
      yield* open(filename)
      const before = schema(filename)
      yield* open(filename)
      assert.deepStrictEqual(schema(filename), before)
      assert.strictEqual(query(filename, "SELECT * FROM hq_migrations").length, latest)
    })
  )

  // The wait for each other is a real one.
  it.live("is migrated once, however many open it at the same time", () =>
    Effect.gen(function* () {
      const filename = tempDatabase()
      yield* Effect.all(
        Array.from({ length: 8 }, () => open(filename)),
        { concurrency: "unbounded" }
      )
      assert.strictEqual(query(filename, "SELECT * FROM hq_migrations").length, latest)
    })
  )

  it.effect("is made where an empty file was", () =>
    Effect.gen(function* () {
      const filename = tempDatabase()
      writeFileSync(filename, "")
      yield* open(filename)
      assert.strictEqual(pragma(filename, "application_id"), applicationId)
    })
  )

  it.effect("that a newer hq wrote is refused untouched", () =>
    Effect.gen(function* () {
      yield* refused(
        made(`PRAGMA application_id = ${applicationId}; PRAGMA user_version = ${latest + 1}`),
        newer(latest + 1)
      )
    })
  )

  for (const [title, script] of [
    ["another program's tables", "CREATE TABLE notes (id INTEGER)"],
    [
      "another program's tables of the same names",
      "CREATE TABLE projects (id INTEGER); CREATE TABLE steps (id INTEGER)"
    ],
    ["another program's mark", "PRAGMA application_id = 77"],
    [
      "another program's mark and hq's table names",
      `PRAGMA application_id = 77; CREATE TABLE schema_migrations (a); ${["projects", "steps", "dependencies", "agent_events"].map((name) => `CREATE TABLE ${name} (a);`).join("")}`
    ]
  ] as const) {
    it.effect(`that has ${title} is refused untouched`, () => refused(made(script), notOurs))
  }

  it.effect("that is no database is refused untouched", () =>
    Effect.gen(function* () {
      const filename = tempDatabase()
      writeFileSync(filename, "# Notes\n".repeat(1_000))
      yield* refused(filename, "The file is not a SQLite database.")
    })
  )
})

const hostTables = `
  CREATE TABLE projects (id INTEGER PRIMARY KEY, title TEXT);
  CREATE TABLE steps (id INTEGER PRIMARY KEY, text TEXT);
  INSERT INTO projects VALUES (1, 'the host''s');
  INSERT INTO steps VALUES (1, 'the host''s')`

describe("a host's database", () => {
  const host = (filename: string, tablePrefix = "hq_") =>
    Coordination.layer({ tablePrefix }).pipe(Layer.provideMerge(SqliteClient.layer({ filename })))

  it.effect("keeps its own tables beside those with hq's prefix, and its own marks", () =>
    Effect.gen(function* () {
      const filename = made(`PRAGMA application_id = 77; PRAGMA user_version = 5; ${hostTables}`)
      yield* Effect.gen(function* () {
        yield* hq.create("p", { 1: [] })
        yield* hq.take("a")
      }).pipe(Effect.provide(host(filename)))
      assert.deepStrictEqual(query(filename, "SELECT * FROM projects"), [{ id: 1, title: "the host's" }])
      assert.deepStrictEqual(query(filename, "SELECT * FROM steps"), [{ id: 1, text: "the host's" }])
      assert.strictEqual(query(filename, "SELECT * FROM hq_steps").length, 1)
      assert.deepStrictEqual([pragma(filename, "application_id"), pragma(filename, "user_version")], [77, 5])
    })
  )

  it.effect("can hold hq twice, under two prefixes", () =>
    Effect.gen(function* () {
      const filename = tempDatabase()
      const both = [host(filename, "one_"), host(filename, "two_")]
      for (const layer of both) yield* Effect.provide(hq.create("p", { 1: [] }), layer)
      for (const layer of both) {
        assert.strictEqual((yield* Effect.provide(hq.listProjects({}), layer)).projects.length, 1)
      }
    })
  )

  it.effect("whose own tables have hq's names is refused in one sentence where no prefix is given", () =>
    Effect.gen(function* () {
      const filename = made(hostTables)
      const before = schema(filename)
      const error = yield* Effect.flip(Effect.scoped(Layer.build(host(filename, "")))).pipe(
        Effect.catchAllDefect((defect) => Effect.fail(defect))
      )
      assert.deepStrictEqual(schema(filename), before)
      assert.deepInclude({ ...(error as object) }, { _tag: "StorageFailure" })
    })
  )

  it.effect("with hq's tables of a newer version is refused untouched", () =>
    Effect.gen(function* () {
      const filename = tempDatabase()
      yield* Effect.scoped(Layer.build(host(filename)))
      const db = new Database(filename)
      db.exec(`INSERT INTO hq_hq_migrations (migration_id, name) VALUES (${latest + 1}, 'later')`)
      db.close()
      const before = schema(filename)
      const error = yield* Effect.flip(Effect.scoped(Layer.build(host(filename))))
      assert.strictEqual(error.message, newer(latest + 1))
      assert.deepStrictEqual(schema(filename), before)
    })
  )

  it("needs a prefix that can be part of a name", () => {
    for (const prefix of ["1", "a-", "a b", `"`, "'; --", "ä"]) assert.throws(() => tables(prefix), "table prefix")
    for (const prefix of ["", "a", "_", "hq_2_"]) assert.strictEqual(tables(prefix).steps, `${prefix}steps`)
  })
})
