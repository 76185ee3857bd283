import { assert } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { latest } from "../../../../../src/layers/store/sqlite/Migrations.ts"
import { hq } from "../../../../support/hq.ts"
import { rows, writesNothing } from "../../../../support/rows.ts"
import { suite } from "../../../../support/storages.ts"

/** What programs before format 9 insert, each by its own columns. */
const older = {
  "an event of this hq":
    "INSERT INTO $agent_events (agent_id, project_id, step_id, event_type, timestamp, metadata) VALUES ('a', 1, 1, 'claimed', '2026', '{}')",
  "many events at once":
    "INSERT INTO $agent_events (agent_id, step_id, event_type, timestamp) SELECT 'a', id, 'claimed', '2026' FROM $steps",
  "an event of the original":
    "INSERT INTO $agent_events (agent_id, step_id, event_type, timestamp, metadata) VALUES ('a', 1, 'claimed', CURRENT_TIMESTAMP, NULL)",
  "a project":
    "INSERT INTO $projects (name, base_commit, created_at) VALUES ('q', 'c', '2026') ON CONFLICT DO NOTHING RETURNING id"
}

suite("inserts of programs before format 9", (test) => {
  for (const [what, statement] of Object.entries(older)) {
    test(
      `are refused in a sentence that says to update: ${what}`,
      Effect.gen(function* () {
        yield* hq.create("p", { 1: [] })
        const error = yield* writesNothing(Effect.flip(rows(statement)))
        const { cause } = error as { readonly cause: Error }
        assert.strictEqual(
          cause.message,
          "The database was migrated to format 9 by a newer hq: update this program and restart it. Nothing was changed."
        )
      })
    )
  }

  test(
    "are told from this program's, which have its format",
    Effect.gen(function* () {
      yield* hq.create("p", { 1: [], 2: [] })
      yield* hq.finish("a")
      yield* hq.updateProject({ name: "p", priority: 1 })
      const formats = yield* rows("SELECT format FROM $projects UNION SELECT format FROM $agent_events")
      assert.deepStrictEqual(formats, [{ format: latest }])
    })
  )
})
