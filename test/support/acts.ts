import * as Effect from "effect/Effect"
import * as fc from "effect/FastCheck"
import * as TestClock from "effect/TestClock"
import type { PlanOperation, UpdateProject } from "../../src/domain/Requests.ts"
import { StepStatus } from "../../src/domain/Status.ts"
import type { Coordination } from "../../src/layers/Coordination.ts"
import { hq } from "./hq.ts"
import { rows } from "./rows.ts"
import type { Stored } from "./storages.ts"

/* Whatever agents do through hq, and a person at the shell behind its back, with projects p and q; for property tests. */

export const names = ["p", "q"]
export const agents = ["a", "b"]
/** Steps 1 to 6 of each project; the ids of p's are 1 to 6, those of q's 7 to 12; edits add others. */
export const graph = { 1: [], 2: [1], 3: [1, 2], 4: [], 5: [4, 3], 6: [5] }

export interface Act {
  /** For whoever reads a counterexample. */
  readonly does: string
  readonly run: Effect.Effect<unknown, unknown, Stored>
}

/** Of a step that is there from the beginning, and of one that an edit may have added. */
const id = fc.integer({ min: 1, max: 12 })
const anyId = fc.integer({ min: 1, max: 20 })
const by = fc.option(fc.constantFrom(...agents), { nil: undefined })
const status = fc.constantFrom(...StepStatus.literals)

const refusals = ["Conflict", "NotFound"]

const call = (does: string, effect: Effect.Effect<unknown, { readonly _tag: string }, Coordination>): Act => ({
  does,
  run: Effect.catchAll(effect, (error) => (refusals.includes(error._tag) ? Effect.void : Effect.fail(error)))
})

const claims = fc
  .tuple(fc.constantFrom(...names), fc.constantFrom(...agents))
  .map(([name, who]) => call(`${who} claims of ${name}`, hq.answer({ project: name, agent_id: who })))

const holds = fc
  .tuple(anyId, by, fc.constantFrom("start" as const, "complete" as const, "fail" as const))
  .map(([step_id, who, what]) => {
    const request = { step_id, ...(who && { agent_id: who }) }
    const calls = {
      start: hq.start(request),
      complete: hq.complete({ ...request, commit_hash: "c" }),
      fail: hq.fail({ ...request, reason: "x" })
    }
    return call(`${who ?? "holder"} does ${what} ${step_id}`, calls[what])
  })

const merges = fc
  .tuple(anyId, fc.constantFrom("m1", "m2"))
  .map(([step_id, merge_commit]) => call(`merge ${step_id}`, hq.merge({ step_id, merge_commit })))

const change: fc.Arbitrary<Omit<UpdateProject, "name">> = fc.oneof(
  fc.record({ status: fc.constantFrom("active" as const, "active" as const, "paused" as const, "aborted" as const) }),
  fc.record({ unblock_on: fc.constantFrom("completed" as const, "merged" as const) }),
  fc.record({ priority: fc.integer({ min: -1, max: 1 }) })
)
const updates = fc
  .tuple(fc.constantFrom(...names), change)
  .map(([name, to]) => call(`${name} gets ${JSON.stringify(to)}`, hq.updateProject({ name: name, ...to })))

const num = fc.integer({ min: 1, max: 10 })
const nums = fc.array(num, { maxLength: 3 })
const facts = { branch: "b", scope: "api" }
const operation: fc.Arbitrary<PlanOperation> = fc.oneof(
  fc
    .tuple(num, nums, fc.array(num, { maxLength: 1 }))
    .map(([step_num, depends_on, needed_by]) => ({ op: "add" as const, step_num, ...facts, depends_on, needed_by })),
  fc.tuple(num, nums).map(([step_num, depends_on]) => ({ op: "change" as const, step_num, depends_on, scope: "ui" })),
  fc
    .tuple(num, fc.integer({ min: 1, max: 5 }))
    .map(([step_num, estimate_minutes]) => ({ op: "change" as const, step_num, estimate_minutes })),
  fc
    .tuple(num, fc.constantFrom("follow" as const, "drop" as const, "drop" as const))
    .map(([step_num, dependents]) => ({ op: "cancel" as const, step_num, dependents })),
  num.map((step_num) => ({ op: "reopen" as const, step_num, reason: "wrong" })),
  fc.tuple(num, num, num).map(([step_num, first, second]) => {
    const into = [
      { step_num: first, ...facts, estimate_minutes: 3 },
      { step_num: second, ...facts, depends_on: [first] }
    ]
    return { op: "split" as const, step_num, into }
  })
)
/** Half of them are refused: for a number that is taken, a cycle, or a step that has begun. */
const edits = fc
  .tuple(fc.constantFrom(...names), fc.array(operation, { minLength: 1, maxLength: 3 }))
  .map(([name, operations]) =>
    call(
      `${name} is edited: ${JSON.stringify(operations)}`,
      Effect.catchTag(hq.updatePlan({ project: name, operations }), "InvalidInput", () => Effect.void)
    )
  )

/** A project that comes and goes, as p and q stay, with a claim and a completed step. */
const passes = call(
  "a project comes and goes",
  Effect.gen(function* () {
    const name = { name: "passing" }
    yield* hq.create("passing", graph)
    yield* hq.answer({ project: "passing", agent_id: "a" })
    yield* hq.answer({ project: "passing", agent_id: "b" })
    yield* hq.deleteProject({ ...name, force: true })
  }).pipe(Effect.catchTag("InvalidInput", "DependencyUnmet", Effect.die))
)

const recovers = anyId.map((step_id) => call(`recover ${step_id}`, hq.recover({ step_id })))
const recoversFailed = anyId.map((step_id) => call(`recover failed ${step_id}`, hq.recoverFailed(step_id)))

const waits = fc
  .integer({ min: 0, max: 10_000_000 })
  .map((ms): Act => ({ does: `${ms} ms pass`, run: TestClock.adjust(ms) }))

export const throughHq: fc.Arbitrary<Act> = fc.oneof(
  { weight: 4, arbitrary: claims },
  { weight: 8, arbitrary: holds },
  { weight: 3, arbitrary: merges },
  { weight: 2, arbitrary: updates },
  { weight: 6, arbitrary: edits },
  fc.constant(passes),
  recovers,
  recoversFailed,
  waits
)

/** Statements of a person. */
const statements: fc.Arbitrary<string> = fc.oneof(
  fc.tuple(id, status).map(([at, to]) => `UPDATE $steps SET status = '${to}' WHERE id = ${at}`),
  fc.tuple(id, status).map(([at, to]) => `UPDATE $steps SET status = '${to}' WHERE id >= ${at}`),
  status.map((to) => `UPDATE $steps SET status = '${to}'`),
  fc.tuple(id, fc.constantFrom("ui", "db")).map(([at, to]) => `UPDATE $steps SET scope = '${to}' WHERE id >= ${at}`),
  fc
    .tuple(id, fc.constantFrom("'a'", "'b'", "NULL"))
    .map(([at, to]) => `UPDATE $steps SET agent_id = ${to} WHERE id >= ${at}`),
  fc
    .tuple(id, fc.constantFrom("started_at", "completed_at"), fc.constantFrom("'1970-01-02T00:00:00.000Z'", "NULL"))
    .map(([at, column, to]) => `UPDATE $steps SET ${column} = ${to} WHERE id >= ${at}`),
  id.map((at) => `DELETE FROM $steps WHERE id = ${at}`),
  id.map((at) => `DELETE FROM $dependencies WHERE step_id = ${at}`),
  fc.tuple(id, id).map(
    ([at, on]) => `INSERT OR IGNORE INTO $dependencies
      SELECT s.id, d.id FROM $steps s, $steps d WHERE s.id = ${at} AND d.id = ${on}`
  ),
  fc.constantFrom(1, 2).map(
    (of) => `INSERT INTO $steps (project_id, step_num, branch, scope)
      SELECT project_id, 1 + max(step_num), 'b', 'api' FROM $steps WHERE project_id = ${of} GROUP BY project_id`
  ),
  fc.tuple(id, id).map(
    ([at, on]) => `UPDATE OR IGNORE $dependencies SET depends_on_step_id = ${on}
        WHERE depends_on_step_id = ${at} AND EXISTS (SELECT 1 FROM $steps WHERE id = ${on})`
  ),
  fc
    .tuple(id, fc.constantFrom(1, 2), fc.constantFrom("status", "'completed'", "'not_started'"))
    .map(
      ([at, to, status]) =>
        `UPDATE $steps SET project_id = ${to}, step_num = (SELECT 1 + max(step_num) FROM $steps), status = ${status} WHERE id = ${at}`
    ),
  fc.constantFrom("completed", "merged").map((to) => `UPDATE $projects SET unblock_on = '${to}'`),
  fc.constantFrom("ON", "OFF").map((to) => `PRAGMA foreign_keys = ${to}`)
)

export const atTheShell = statements.map((does): Act => ({ does, run: rows(does) }))
