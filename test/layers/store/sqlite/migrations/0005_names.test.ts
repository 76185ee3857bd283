import { assert, describe, it } from "@effect/vitest"
import Database from "better-sqlite3"
import * as Effect from "effect/Effect"
import * as Coordination from "../../../../../src/layers/Coordination.ts"
import { applicationId } from "../../../../../src/layers/store/sqlite/Migrations.ts"
import { initial } from "../../../../../src/layers/store/sqlite/migrations/0001_initial.ts"
import { plans } from "../../../../../src/layers/store/sqlite/migrations/0002_plans.ts"
import { edits } from "../../../../../src/layers/store/sqlite/migrations/0003_edits.ts"
import { tables } from "../../../../../src/layers/store/Tables.ts"
import { hq, refused } from "../../../../support/hq.ts"
import { violationsIn } from "../../../../support/invariants.ts"
import { tempDatabase } from "../../../../support/temp.ts"

/** A file as a program of format 3 left it: two projects and two scopes that differ in case alone, and a branch with a control. */
const format3 = (): string => {
  const filename = tempDatabase()
  const db = new Database(filename)
  db.pragma("journal_mode = WAL")
  const t = tables("")
  for (const statement of [...initial(t), ...plans(t), ...edits(t)]) db.exec(statement)
  db.exec(`
    CREATE TABLE hq_migrations (
      migration_id integer PRIMARY KEY NOT NULL, created_at datetime NOT NULL DEFAULT current_timestamp, name VARCHAR(255) NOT NULL);
    INSERT INTO hq_migrations (migration_id, name) VALUES (1, 'initial'), (2, 'plans'), (3, 'edits');
    INSERT INTO projects (name, created_at) VALUES ('Shop', '2026'), ('shop', '2026');
    INSERT INTO steps (project_id, step_num, branch, scope) VALUES
      (1, 1, 'b' || char(27), 'API'), (1, 2, 'b2', 'ui'), (2, 1, 'b', 'api');
    PRAGMA application_id = ${applicationId}; PRAGMA user_version = 3`)
  db.close()
  return filename
}

describe("a database of format 3", () => {
  it.effect("keeps its names: all of its work can be claimed, and its projects renamed and deleted", () =>
    Effect.gen(function* () {
      const filename = format3()
      yield* Effect.gen(function* () {
        const scopes = ["Api"]
        const taken = [
          yield* hq.take("a", { project: "Shop", scopes }),
          yield* hq.take("a", { project: "shop", scopes })
        ]
        assert.deepStrictEqual(
          taken.map(({ branch, project_id, scope }) => [project_id, branch, scope]),
          [
            [1, "b\u001b", "API"],
            [2, "b", "api"]
          ]
        )
        assert.strictEqual((yield* refused(hq.create("SHOP", { 1: [] })))._tag, "Conflict")
        assert.strictEqual((yield* hq.updateProject({ name: "shop", new_name: "other" })).id, 2)
        assert.strictEqual((yield* hq.deleteProject({ name: "Shop", force: true })).steps, 2)
      }).pipe(Effect.provide(Coordination.layerSqlite({ filename })))
      assert.deepStrictEqual(violationsIn(filename, ""), [])
    })
  )
})
