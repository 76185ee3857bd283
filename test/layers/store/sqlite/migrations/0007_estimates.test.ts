import { assert, describe, it } from "@effect/vitest"
import Database from "better-sqlite3"
import * as Effect from "effect/Effect"
import * as Coordination from "../../../../../src/layers/Coordination.ts"
import { applicationId } from "../../../../../src/layers/store/sqlite/Migrations.ts"
import { initial } from "../../../../../src/layers/store/sqlite/migrations/0001_initial.ts"
import { plans } from "../../../../../src/layers/store/sqlite/migrations/0002_plans.ts"
import { edits } from "../../../../../src/layers/store/sqlite/migrations/0003_edits.ts"
import { tables } from "../../../../../src/layers/store/Tables.ts"
import { query } from "../../../../support/database.ts"
import { hq } from "../../../../support/hq.ts"
import { violationsIn } from "../../../../support/invariants.ts"
import { tempDatabase } from "../../../../support/temp.ts"

const at = "2026-01-18T10:00:00.000Z"

/** A file as a program of format 3 wrote it: in p two of four steps are estimated, in q and r none. */
const format3 = (): string => {
  const filename = tempDatabase()
  const db = new Database(filename)
  db.pragma("journal_mode = WAL")
  for (const make of [initial, plans, edits]) for (const statement of make(tables(""))) db.exec(statement)
  db.exec(`
    CREATE TABLE hq_migrations (
      migration_id integer PRIMARY KEY NOT NULL, created_at datetime NOT NULL DEFAULT current_timestamp, name VARCHAR(255) NOT NULL);
    INSERT INTO hq_migrations (migration_id, name) VALUES (1, 'initial'), (2, 'plans'), (3, 'edits');
    INSERT INTO projects (name, created_at) VALUES ('p', '${at}'), ('q', '${at}'), ('r', '${at}');
    INSERT INTO steps (project_id, step_num, branch, scope, estimate_minutes, tail_minutes) VALUES
      (1, 1, 'b', 's', 60, 62), (1, 2, 'b', 's', NULL, 2), (1, 3, 'b', 's', NULL, 1), (1, 4, 'b', 's', 15, 15),
      (2, 1, 'b', 's', NULL, 2), (2, 2, 'b', 's', NULL, 1), (3, 1, 'b', 's', NULL, 1);
    INSERT INTO dependencies VALUES (2, 1), (3, 2), (6, 5);
    PRAGMA application_id = ${applicationId}; PRAGMA user_version = 3`)
  db.close()
  return filename
}

describe("a database of format 3", () => {
  it.effect("gets tails in which a step without an estimate counts as the mean, and steps without texts", () =>
    Effect.gen(function* () {
      const filename = format3()
      yield* Effect.gen(function* () {
        const { step } = yield* hq.answer({ project: "p", agent_id: "a" })
        assert.strictEqual(step?.step_num, 1)
        assert.notProperty(step, "title")
        yield* hq.release({ step_id: 1 })
      }).pipe(Effect.provide(Coordination.layerSqlite({ filename })))
      assert.deepStrictEqual(
        query<{ tail_minutes: number }>(filename, "SELECT tail_minutes FROM steps").map((row) => row.tail_minutes),
        [136, 76, 38, 15, 2, 1, 1]
      )
      assert.deepStrictEqual(
        query(filename, "SELECT estimated_steps, estimated_minutes, default_minutes FROM projects").map(Object.values),
        [
          [2, 75, 38],
          [0, 0, 1],
          [0, 0, 1]
        ]
      )
      assert.deepStrictEqual(violationsIn(filename), [])
    })
  )
})
