import * as SqliteClient from "@effect/sql-sqlite-node/SqliteClient"
import { assert, describe, it } from "@effect/vitest"
import Database from "better-sqlite3"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Coordination from "../../../../../src/layers/Coordination.ts"
import { applicationId, latest } from "../../../../../src/layers/store/sqlite/Migrations.ts"
import { initial } from "../../../../../src/layers/store/sqlite/migrations/0001_initial.ts"
import { tables } from "../../../../../src/layers/store/Tables.ts"
import { query } from "../../../../support/database.ts"
import { hq, plan } from "../../../../support/hq.ts"
import { violationsIn } from "../../../../support/invariants.ts"
import { tempDatabase } from "../../../../support/temp.ts"

const at = "2026-01-18T10:00:00.000Z"

/** What a program of format 1 left: step 1 completed, 2 (which 3 and 4 wait for, and 5 for 4) and 6 ready; all of q held; r done. */
const work = (p: string) => `
  INSERT INTO ${p}projects (name, created_at) VALUES ('p', '${at}'), ('q', '${at}'), ('r', '${at}');
  INSERT INTO ${p}steps (project_id, step_num, branch, scope) VALUES
    (1, 1, 'b', 's'), (1, 2, 'b', 's'), (1, 3, 'b', 's'), (1, 4, 'b', 's'), (1, 5, 'b', 's'), (1, 6, 'b', 's'),
    (2, 1, 'b', 's'), (3, 1, 'b', 's');
  INSERT INTO ${p}dependencies VALUES (2, 1), (3, 2), (4, 2), (5, 4);
  INSERT INTO ${p}agent_events (agent_id, project_id, step_id, event_type, timestamp, metadata)
    SELECT 'a', project_id, id, 'claimed', '${at}', '{"attempt":1}' FROM ${p}steps WHERE id IN (1, 7, 8);
  INSERT INTO ${p}agent_events (agent_id, project_id, step_id, event_type, timestamp, metadata)
    SELECT 'a', project_id, id, type, '${at}', '{"attempt":1}' FROM ${p}steps, (SELECT 'started' AS type UNION ALL SELECT 'completed')
    WHERE id IN (1, 8);
  UPDATE ${p}steps SET status = 'completed', attempt = 1, agent_id = 'a', claimed_at = '${at}', started_at = '${at}',
    completed_at = '${at}' WHERE id IN (1, 8);
  UPDATE ${p}steps SET status = 'claimed', attempt = 1, agent_id = 'a', claimed_at = '${at}', last_heartbeat = '${at}',
    lease_expires_at = '${at}' WHERE id = 7;
  INSERT INTO ${p}claim_requests VALUES ('a', 'r', '{"project":"q"}', 7, 1, '${at}');`

/** A file as a program of format 1 wrote it. */
const format1 = (prefix: string): string => {
  const filename = tempDatabase()
  const db = new Database(filename)
  db.pragma("journal_mode = WAL")
  for (const statement of initial(tables(prefix))) db.exec(statement)
  db.exec(`
    CREATE TABLE ${prefix}hq_migrations (
      migration_id integer PRIMARY KEY NOT NULL, created_at datetime NOT NULL DEFAULT current_timestamp, name VARCHAR(255) NOT NULL);
    INSERT INTO ${prefix}hq_migrations (migration_id, name) VALUES (1, 'initial');
    ${work(prefix)}`)
  if (prefix === "") db.exec(`PRAGMA application_id = ${applicationId}; PRAGMA user_version = 1`)
  db.close()
  return filename
}

const shape = (filename: string) =>
  query<{ name: string }>(filename, "SELECT name FROM sqlite_schema WHERE name NOT LIKE 'sqlite_%' ORDER BY name")

for (const [title, prefix] of [
  ["file of its own", ""],
  ["host's database with a table prefix", "hq_"]
] as const) {
  describe(`a database of format 1, ${title}`, () => {
    const on = (filename: string) =>
      prefix === ""
        ? Coordination.layerSqlite({ filename })
        : Coordination.layer({ tablePrefix: prefix }).pipe(Layer.provide(SqliteClient.layer({ filename })))

    it.effect("is brought up to date with all that was in it", () =>
      Effect.gen(function* () {
        const filename = format1(prefix)
        yield* Effect.void.pipe(Effect.provide(on(filename)))
        assert.deepStrictEqual(violationsIn(filename, prefix), [])
        assert.deepStrictEqual(
          query(filename, `SELECT id, priority, tail_minutes, unmet_dependencies FROM ${prefix}steps`),
          [4, 3, 1, 2, 1, 1, 1, 1].map((tail_minutes, index) => ({
            id: index + 1,
            priority: 0,
            tail_minutes,
            unmet_dependencies: index >= 2 && index <= 4 ? 1 : 0
          }))
        )
        assert.deepStrictEqual(
          query(filename, `SELECT status, unblock_on, has_ready FROM ${prefix}projects ORDER BY id`),
          [
            ["active", 1],
            ["active", 0],
            ["completed", 0]
          ].map(([status, has_ready]) => ({ status, unblock_on: "completed", has_ready }))
        )
        if (prefix === "") assert.deepStrictEqual(query(filename, "PRAGMA user_version"), [{ user_version: latest }])
      })
    )

    it.effect("is then as a new one is", () =>
      Effect.gen(function* () {
        const [old, made] = [format1(prefix), tempDatabase()]
        for (const filename of [old, made]) yield* Effect.void.pipe(Effect.provide(on(filename)))
        assert.deepStrictEqual(shape(old), shape(made))
      })
    )

    it.effect("works on: requests are remembered, steps claimed in the new order", () =>
      Effect.gen(function* () {
        const filename = format1(prefix)
        yield* Effect.gen(function* () {
          const again = yield* hq.answer({ project: "q", agent_id: "a", request_id: "r" })
          assert.strictEqual(again.step?.id, 7)
          assert.strictEqual((yield* hq.answer({ project: "p", agent_id: "b" })).step?.step_num, 2)
          yield* hq.createProject({ ...plan("s", { 1: [] }), priority: 1 })
          assert.strictEqual((yield* hq.answer({ agent_id: "b" })).step?.project_id, 4)
          assert.strictEqual((yield* hq.answer({ agent_id: "b" })).step?.step_num, 6)
        }).pipe(Effect.provide(on(filename)))
        assert.deepStrictEqual(violationsIn(filename, prefix), [])
      })
    )
  })
}
