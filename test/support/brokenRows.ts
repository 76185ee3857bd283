import Sqlite from "better-sqlite3"
import * as Effect from "effect/Effect"
import * as Coordination from "../../src/layers/Coordination.ts"
import { hq } from "./hq.ts"
import { tempDatabase } from "./temp.ts"

/** Steps 1 and 2 done, 3 at work, 4 claimed, 5 failed, 6 blocked, 7 ready. */
export const busy = Effect.gen(function* () {
  const file = tempDatabase()
  yield* Effect.provide(
    Effect.gen(function* () {
      yield* hq.create("p", { 1: [], 2: [], 3: [1], 4: [], 5: [], 6: [3], 7: [] })
      const { id } = yield* hq.finish("a", { step_num: 1 })
      yield* hq.merge({ step_id: id, merge_commit: "m" })
      yield* hq.finish("a", { step_num: 2 })
      yield* hq.takeAndStart("a", { step_num: 3 })
      yield* hq.take("b", { step_num: 4 })
      yield* hq.failNext("c", { step_num: 5 })
    }),
    Coordination.layerSqlite({ filename: file })
  )
  return file
})

/** Breaks something behind the triggers' back, as a damaged page would. */
export const broken = (file: string, statement: string) => {
  const db = new Sqlite(file)
  const triggers = db.prepare("SELECT name, sql FROM sqlite_schema WHERE type = 'trigger'").all() as ReadonlyArray<{
    name: string
    sql: string
  }>
  for (const { name } of triggers) db.exec(`DROP TRIGGER ${name}`)
  db.exec(statement)
  for (const { sql } of triggers) db.exec(sql)
  db.close()
}

/** Each rule that can be mended, with what breaks it, and what is found then. */
export const faults: ReadonlyArray<readonly [breaks: string, found: string]> = [
  ["UPDATE steps SET agent_id = NULL WHERE step_num = 3", "1 held, but by no agent: p#3"],
  [
    "UPDATE steps SET lease_expires_at = NULL WHERE step_num = 4",
    "1 held without a lease or a time, so that no sweep takes them back: p#4"
  ],
  [
    "UPDATE steps SET started_at = NULL WHERE step_num = 3",
    "1 held without a lease or a time, so that no sweep takes them back: p#3"
  ],
  [
    "UPDATE steps SET agent_id = 'x', worktree = '/w' WHERE step_num IN (6, 7)",
    "2 not started, but with marks of an agent: p#6, p#7"
  ],
  ["UPDATE steps SET lease_expires_at = '2026' WHERE step_num = 2", "1 not held, but with a lease: p#2"],
  ["UPDATE steps SET unmet_dependencies = 0 WHERE step_num = 6", "1 with a wrong number of unmet dependencies: p#6"],
  ["UPDATE projects SET has_ready = 0", "1 that say wrongly whether they have a ready step: p"],
  ["UPDATE projects SET open_steps = 9", "1 with a wrong number of open steps: p"],
  ["UPDATE projects SET status = 'completed'", "1 completed with steps to do, or active without one: p"],
  [
    "UPDATE step_counts SET steps = steps + 1 WHERE status = 'failed'",
    "1 totals of steps by project, status and scope: failed"
  ],
  ["DELETE FROM agent_counts", "1 totals of done steps by agent, project and scope: a"]
]
