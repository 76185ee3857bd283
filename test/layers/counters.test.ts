import type * as SqlClient from "@effect/sql/SqlClient"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as fc from "effect/FastCheck"
import * as TestClock from "effect/TestClock"
import type { StepId } from "../../src/domain/Ids.ts"
import type { UpdateProject } from "../../src/domain/Requests.ts"
import { isDone, isLive, StepStatus } from "../../src/domain/Status.ts"
import type { Coordination } from "../../src/layers/Coordination.ts"
import { agent, plan, project, rows, type Storage, storages } from "../support/coordination.ts"
import { wrongTails } from "../support/invariants.ts"
import { analytics, claim, projects, recovery, steps } from "../support/suite.ts"

/*
 * hq reads counts that triggers keep, never the rows they count. Here both are compared, after whatever agents do
 * through hq and a person does at the shell, behind its back.
 */

const names = ["p", "q"]
const agents = ["a", "b"]
/** Steps 1 to 6 of each project; the ids of p's are 1 to 6, those of q's 7 to 12. */
const graph = { 1: [], 2: [1], 3: [1, 2], 4: [], 5: [4, 3], 6: [5] }

type Table = (name: string) => string

interface Act {
  /** For whoever reads a counterexample. */
  readonly does: string
  readonly run: (table: Table) => Effect.Effect<unknown, unknown, Storage>
}

const id = fc.integer({ min: 1, max: 12 }) as fc.Arbitrary<number> as fc.Arbitrary<StepId>
const by = fc.option(fc.constantFrom(...agents.map(agent)), { nil: undefined })
const status = fc.constantFrom(...StepStatus.literals)

const call = (does: string, effect: Effect.Effect<unknown, { readonly _tag: string }, Coordination>): Act => ({
  does,
  run: () =>
    Effect.catchAll(effect, (error) =>
      error._tag === "Conflict" || error._tag === "NotFound" ? Effect.void : Effect.fail(error)
    )
})

const claims = fc
  .tuple(fc.constantFrom(...names), fc.constantFrom(...agents))
  .map(([name, who]) => call(`${who} claims of ${name}`, claim(name, who)))

const holds = fc
  .tuple(id, by, fc.constantFrom("start" as const, "complete" as const, "fail" as const))
  .map(([step_id, who, what]) => {
    const request = { step_id, ...(who && { agent_id: who }) }
    const calls = {
      start: steps.start(request),
      complete: steps.complete({ ...request, commit_hash: "c" }),
      fail: steps.fail({ ...request, reason: "x" })
    }
    return call(`${who ?? "holder"} does ${what} ${step_id}`, calls[what])
  })

const merges = fc
  .tuple(id, fc.constantFrom("m1", "m2"))
  .map(([step_id, merge_commit]) => call(`merge ${step_id}`, steps.merge({ step_id, merge_commit })))

const change: fc.Arbitrary<Omit<UpdateProject, "name">> = fc.oneof(
  fc.record({ status: fc.constantFrom("active" as const, "active" as const, "paused" as const, "aborted" as const) }),
  fc.record({ unblock_on: fc.constantFrom("completed" as const, "merged" as const) }),
  fc.record({ priority: fc.integer({ min: -1, max: 1 }) })
)
const updates = fc
  .tuple(fc.constantFrom(...names), change)
  .map(([name, to]) => call(`${name} gets ${JSON.stringify(to)}`, projects.update({ name: project(name), ...to })))

/** A project that comes and goes, as p and q stay, with a claim and a completed step. */
const passes = call(
  "a project comes and goes",
  Effect.gen(function* () {
    const name = { name: project("passing") }
    yield* projects.create(plan("passing", graph))
    yield* claim("passing", "a")
    yield* claim("passing", "b")
    yield* projects.delete({ ...name, force: true })
  }).pipe(Effect.catchTag("InvalidInput", "DependencyUnmet", Effect.die))
)

const recovers = id.map((step_id) => call(`recover ${step_id}`, recovery.recover({ step_id })))
const recoversFailed = id.map((step_id) => call(`recover failed ${step_id}`, recovery.recoverFailed({ step_id })))

const waits = fc
  .integer({ min: 0, max: 10_000_000 })
  .map((ms): Act => ({ does: `${ms} ms pass`, run: () => TestClock.adjust(ms) }))

const throughHq: fc.Arbitrary<Act> = fc.oneof(
  { weight: 4, arbitrary: claims },
  { weight: 8, arbitrary: holds },
  { weight: 3, arbitrary: merges },
  { weight: 2, arbitrary: updates },
  fc.constant(passes),
  recovers,
  recoversFailed,
  waits
)

/** Statements of a person; `$name` stands for a table. */
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
  fc
    .tuple(id, id)
    .map(
      ([at, on]) => `UPDATE OR IGNORE $dependencies SET depends_on_step_id = ${on} WHERE depends_on_step_id = ${at}`
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

const atTheShell = statements.map(
  (does): Act => ({ does, run: (table) => rows(does.replace(/\$(\w+)/g, (_, name) => table(name))) })
)

interface Row {
  readonly name: string
  readonly scope: string
  readonly status: StepStatus
  readonly agent_id: string | null
  readonly started_at: string | null
  readonly completed_at: string | null
}

const tally = (values: ReadonlyArray<string>): Record<string, number> => {
  const counts: Record<string, number> = {}
  for (const value of values) counts[value] = (counts[value] ?? 0) + 1
  return counts
}

const meanHours = (done: ReadonlyArray<Row>): number | null => {
  const spans = done.flatMap(({ completed_at, started_at }) =>
    completed_at === null || started_at === null ? [] : [Date.parse(completed_at) - Date.parse(started_at)]
  )
  // A clock that was set back, or a person at the shell, can make a span below zero; a mean is never told as such.
  return spans.length === 0 ? null : Math.max(0, spans.reduce((sum, span) => sum + span, 0) / spans.length / 3_600_000)
}

const isCounted = (row: Row) => row.status !== "cancelled"

const projectMetrics = (all: ReadonlyArray<Row>) => ({
  total_steps: all.filter(isCounted).length,
  completed: all.filter((row) => isDone(row.status)).length,
  failed: all.filter((row) => row.status === "failed").length,
  in_progress: all.filter((row) => isLive(row.status)).length,
  not_started: all.filter((row) => row.status === "not_started").length,
  avg_time_hours: meanHours(all.filter((row) => isDone(row.status))),
  scopes: tally(all.filter(isCounted).map((row) => row.scope))
})

const agentMetrics = (all: ReadonlyArray<Row>, who: string) => {
  const done = all.filter((row) => isDone(row.status) && row.agent_id === who)
  return { steps_completed: done.length, avg_time_hours: meanHours(done), scopes: tally(done.map((row) => row.scope)) }
}

const countsAreTrue = (table: Table): Effect.Effect<void, unknown, Coordination | SqlClient.SqlClient> =>
  Effect.gen(function* () {
    const closed = "status IN ('completed', 'merged', 'cancelled')"
    const met = `(d.status = 'merged' OR d.status = (SELECT unblock_on FROM ${table("projects")} WHERE id = d.project_id))`
    assert.isEmpty(
      yield* rows(`
        SELECT * FROM (SELECT id, status, unmet_dependencies, (
          SELECT count(*) FROM ${table("dependencies")} JOIN ${table("steps")} d ON d.id = depends_on_step_id
          WHERE step_id = s.id AND NOT ${met}) AS truth FROM ${table("steps")} s)
        WHERE unmet_dependencies <> truth`),
      "unmet_dependencies"
    )
    assert.isEmpty(
      yield* rows(`
        SELECT * FROM (SELECT id, status, open_steps, (
          SELECT count(*) FROM ${table("steps")} WHERE project_id = p.id AND NOT ${closed}) AS truth FROM ${table("projects")} p)
        WHERE open_steps <> truth
          OR (status NOT IN ('paused', 'aborted') AND status <> iif(truth = 0, 'completed', 'active'))`),
      "open_steps and status"
    )
    assert.isEmpty(
      yield* rows(`
        SELECT id, has_ready FROM ${table("projects")} p WHERE has_ready <> (SELECT count(*) > 0 FROM ${table("steps")} s
          WHERE project_id = p.id AND status = 'not_started' AND NOT EXISTS (
            SELECT 1 FROM ${table("dependencies")} JOIN ${table("steps")} d ON d.id = depends_on_step_id
            WHERE step_id = s.id AND NOT ${met}))`),
      "has_ready"
    )
    const all = yield* rows<Row>(
      `SELECT s.*, p.name FROM ${table("steps")} s JOIN ${table("projects")} p ON p.id = project_id`
    )
    for (const name of names) {
      const own = all.filter((row) => row.name === name)
      assert.deepStrictEqual(yield* analytics.metrics({ project: project(name) }), projectMetrics(own))
      const { project: seen } = yield* projects.get({ name: project(name) })
      assert.deepStrictEqual({ ...seen.step_counts } as object, tally(own.map((row) => row.status)))
      assert.strictEqual(seen.total_steps, own.filter(isCounted).length)
      for (const who of agents) {
        assert.deepStrictEqual(
          yield* analytics.metrics({ project: project(name), agent_id: agent(who) }),
          agentMetrics(own, who)
        )
      }
    }
    for (const who of agents) {
      assert.deepStrictEqual(yield* analytics.metrics({ agent_id: agent(who) }), agentMetrics(all, who))
    }
    assert.deepStrictEqual(yield* analytics.metrics({}), {
      ...projectMetrics(all),
      steps_completed: all.filter((row) => isDone(row.status) && row.agent_id !== null).length
    })
  })

/** A person who changes the graph leaves tails as they were: only the order of claims depends on them. */
const tailsAreTrue = (table: Table) =>
  Effect.gen(function* () {
    const all = yield* rows<Parameters<typeof wrongTails>[0][number]>(`SELECT * FROM ${table("steps")}`)
    const dependencies = yield* rows<Parameters<typeof wrongTails>[1][number]>(`SELECT * FROM ${table("dependencies")}`)
    assert.isEmpty(wrongTails(all, dependencies))
  })

for (const storage of storages) {
  describe(`counts, ${storage.name}`, () => {
    const table = (name: string) => `${storage.prefix}${name}`
    const areTrue = (
      title: string,
      act: fc.Arbitrary<Act>,
      also = (_: Table): ReturnType<typeof countsAreTrue> => Effect.void
    ) =>
      it.effect.prop(
        title,
        [fc.array(act, { maxLength: 50, size: "max" })],
        ([acts]) =>
          Effect.gen(function* () {
            for (const name of names) yield* projects.create(plan(name, graph))
            for (const act of acts) yield* act.run(table)
            yield* countsAreTrue(table)
            yield* also(table)
          }).pipe(Effect.provide(storage.layer())),
        // On a slow machine fewer runs are enough, and so is a counterexample that could be shorter.
        { fastCheck: { numRuns: 30, interruptAfterTimeLimit: 40_000 } }
      )

    areTrue("are true whatever agents do", throughHq, tailsAreTrue)
    areTrue("are true whatever agents do, and a person at the shell", fc.oneof(throughHq, atTheShell))
  })
}
