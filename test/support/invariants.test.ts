import { assert } from "@effect/vitest"
import Sqlite from "better-sqlite3"
import * as Effect from "effect/Effect"
import * as TestClock from "effect/TestClock"
import { hq } from "./hq.ts"
import { inspector, violationsIn } from "./invariants.ts"
import { rows, TablePrefix } from "./rows.ts"
import { suite } from "./storages.ts"

/** A story with a bit of everything. */
const played = Effect.gen(function* () {
  yield* hq.create("p", { 1: [], 2: [1], 3: [2], 4: [], 5: [] })
  yield* hq.claim("a", { request_id: "r" })
  yield* hq.start({ step_id: 1 })
  yield* TestClock.adjust("15 minutes")
  yield* hq.sweep
  yield* hq.complete({ step_id: 1, commit_hash: "c" })
  yield* hq.claim("a")
  yield* hq.claim("b")
  yield* hq.fail({ step_id: 4, agent_id: "b", reason: "r" })
  yield* hq.recoverFailed(4)
  yield* hq.claim("b", { step_num: 4 })
  yield* hq.heartbeat({ step_id: 4, agent_id: "b" })
  yield* hq.release({ step_id: 4, agent_id: "b" })
  yield* hq.merge({ step_id: 1, merge_commit: "m" })
  yield* hq.create("gone", { 1: [] })
  yield* hq.deleteProject({ name: "gone" })
  yield* hq.create("edited", { 1: [], 2: [1], 3: [2] })
  const part = (step_num: number) => ({ step_num, branch: "b", scope: "api" })
  yield* hq.updatePlan({
    project: "edited",
    operations: [
      { op: "add", ...part(4), depends_on: [1], needed_by: [3] },
      { op: "split", step_num: 2, into: [part(5), part(6)] }
    ]
  })
  yield* hq.claim("a", { project: "edited" })
})

/** What a fault of hq could leave behind, and what is said of it. Tables go by their names without a prefix. */
const faults: ReadonlyArray<readonly [change: string, said: string]> = [
  ["UPDATE steps SET agent_id = NULL WHERE id = 2", "a step that is held has agent"],
  ["UPDATE steps SET lease_expires_at = '2026' WHERE id = 4", "one that waits has none"],
  ["UPDATE steps SET status = 'claimed', agent_id = 'a', attempt = 1 WHERE id = 3", "no step is held or done before"],
  ["UPDATE steps SET unmet_dependencies = 0 WHERE id = 3", "unmet_dependencies is their number"],
  ["UPDATE projects SET has_ready = 0", "has_ready says whether"],
  ["UPDATE steps SET tail_minutes = 2 WHERE id = 1", "tail_minutes of step 1 is 2, and should be 3"],
  ["UPDATE steps SET merge_commit = NULL WHERE id = 1", "a merged step has its commit"],
  ["UPDATE step_counts SET project_id = 2 WHERE status = 'merged'", "a project that is gone left no counts"],
  ["UPDATE projects SET open_steps = 1", "open_steps is their number"],
  ["UPDATE projects SET status = 'completed'", "a project is completed when all its steps are done"],
  ["UPDATE step_counts SET steps = steps + 1 WHERE status = 'claimed'", "step_counts are the counts"],
  ["UPDATE agent_counts SET work_ms = 1", "agent_counts are the counts"],
  ["DELETE FROM agent_counts", "agent_counts are the counts"],
  [
    "DELETE FROM failed_steps_history",
    "every failed attempt that was recovered, and every reopened one, is in the history"
  ],
  ["UPDATE claim_requests SET agent_id = 'b'", "a remembered request is that of a claim"],
  ["UPDATE steps SET attempt = 3 WHERE id = 2", "step 2 stands at"],
  ["UPDATE steps SET agent_id = 'b' WHERE id = 2", "step 2 stands at"],
  ["UPDATE steps SET status = 'in_progress', started_at = '2026' WHERE id = 2", "step 2 stands at"],
  ["DELETE FROM agent_events WHERE event_type = 'recovered' AND step_id = 1", "cannot follow"],
  ["UPDATE agent_events SET event_type = 'claimed' WHERE event_type = 'started'", "cannot follow"],
  ["UPDATE agent_events SET agent_id = 'b' WHERE event_type = 'completed'", "cannot follow"],
  ["UPDATE agent_events SET agent_id = 'a' WHERE event_type = 'heartbeat'", "cannot follow"],
  ["UPDATE agent_events SET id = id + 100 WHERE event_type = 'completed'", "cannot follow"],
  ["UPDATE agent_events SET metadata = '{\"attempt\":1}' WHERE event_type = 'released'", "cannot follow"],
  ["UPDATE agent_events SET step_id = 7 WHERE event_type = 'cancelled'", "cannot follow"],
  ["UPDATE agent_events SET event_type = 'changed' WHERE event_type = 'cancelled'", "step 8 stands at"],
  ["UPDATE agent_events SET event_type = 'added' WHERE event_type = 'claimed'", "cannot follow"],
  ["UPDATE dependencies SET depends_on_step_id = 8 WHERE step_id = 10", "a cancelled step depends on none"]
]

suite("invariants", (test) => {
  test(
    "hold, and a database that breaks one is noticed",
    Effect.gen(function* () {
      yield* played
      const file = (yield* rows<{ file: string }>("PRAGMA database_list"))[0]?.file as string
      const prefix = yield* TablePrefix
      assert.deepStrictEqual(violationsIn(file, prefix), [])
      const db = new Sqlite(file)
      const violations = inspector(db, prefix)
      for (const [change, said] of faults) {
        db.exec("BEGIN")
        const { changes } = db.prepare(change.replace(/(UPDATE|FROM) (\w+)/, `$1 ${prefix}$2`)).run()
        assert.isAbove(changes, 0, change)
        assert.include(violations().join("\n"), said, change)
        db.exec("ROLLBACK")
      }
      db.close()
    })
  )
})
