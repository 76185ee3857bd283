import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as fc from "effect/FastCheck"
import { isDone, isLive, type StepStatus } from "../../../../../src/domain/Status.ts"
import { type Act, agents, atTheShell, graph, names, throughHq } from "../../../../support/acts.ts"
import { hq } from "../../../../support/hq.ts"
import { wrongTails } from "../../../../support/invariants.ts"
import { rows } from "../../../../support/rows.ts"
import { storages } from "../../../../support/storages.ts"

/*
 * hq reads counts that triggers keep, never the rows they count. Here both are compared, after whatever agents do
 * through hq and a person does at the shell, behind its back.
 */

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

const countsAreTrue = Effect.gen(function* () {
  const closed = "status IN ('completed', 'merged', 'cancelled')"
  const met = `(d.status = 'merged' OR d.status = (SELECT unblock_on FROM $projects WHERE id = d.project_id))`
  assert.isEmpty(
    yield* rows(`
        SELECT * FROM (SELECT id, status, unmet_dependencies, (
          SELECT count(*) FROM $dependencies JOIN $steps d ON d.id = depends_on_step_id
          WHERE step_id = s.id AND NOT ${met}) AS truth FROM $steps s)
        WHERE unmet_dependencies <> truth`),
    "unmet_dependencies"
  )
  assert.isEmpty(
    yield* rows(`
        SELECT * FROM (SELECT id, status, open_steps, (
          SELECT count(*) FROM $steps WHERE project_id = p.id AND NOT ${closed}) AS truth FROM $projects p)
        WHERE open_steps <> truth
          OR (status NOT IN ('paused', 'aborted') AND status <> iif(truth = 0, 'completed', 'active'))`),
    "open_steps and status"
  )
  assert.isEmpty(
    yield* rows(`
        SELECT id, has_ready FROM $projects p WHERE has_ready <> (SELECT count(*) > 0 FROM $steps s
          WHERE project_id = p.id AND status = 'not_started' AND NOT EXISTS (
            SELECT 1 FROM $dependencies JOIN $steps d ON d.id = depends_on_step_id
            WHERE step_id = s.id AND NOT ${met}))`),
    "has_ready"
  )
  const all = yield* rows<Row>(`SELECT s.*, p.name FROM $steps s JOIN $projects p ON p.id = project_id`)
  for (const name of names) {
    const own = all.filter((row) => row.name === name)
    assert.deepStrictEqual(yield* hq.metrics({ project: name }), projectMetrics(own))
    const { project: seen } = yield* hq.getProject({ name: name })
    assert.deepStrictEqual({ ...seen.step_counts } as object, tally(own.map((row) => row.status)))
    assert.strictEqual(seen.total_steps, own.filter(isCounted).length)
    for (const who of agents) {
      assert.deepStrictEqual(yield* hq.metrics({ project: name, agent_id: who }), agentMetrics(own, who))
    }
  }
  for (const who of agents) {
    assert.deepStrictEqual(yield* hq.metrics({ agent_id: who }), agentMetrics(all, who))
  }
  assert.deepStrictEqual(yield* hq.metrics({}), {
    ...projectMetrics(all),
    steps_completed: all.filter((row) => isDone(row.status) && row.agent_id !== null).length
  })
})

/** A person who changes the graph leaves tails as they were: only the order of claims depends on them. */
const tailsAreTrue = Effect.gen(function* () {
  const all = yield* rows<Parameters<typeof wrongTails>[0][number]>(
    "SELECT s.*, default_minutes FROM $steps s JOIN $projects p ON p.id = s.project_id"
  )
  const dependencies = yield* rows<Parameters<typeof wrongTails>[1][number]>("SELECT * FROM $dependencies")
  assert.isEmpty(wrongTails(all, dependencies))
})

for (const storage of storages) {
  describe(`counts, ${storage.name}`, () => {
    const areTrue = (title: string, act: fc.Arbitrary<Act>, also: typeof countsAreTrue = Effect.void) =>
      it.effect.prop(
        title,
        [fc.array(act, { maxLength: 50, size: "max" })],
        ([acts]) =>
          Effect.gen(function* () {
            for (const name of names) yield* hq.create(name, graph)
            for (const act of acts) yield* act.run
            yield* countsAreTrue
            yield* also
          }).pipe(Effect.provide(storage.layer())),
        // On a slow machine fewer runs are enough, and so is a counterexample that could be shorter.
        { fastCheck: { numRuns: 30, interruptAfterTimeLimit: 40_000 } }
      )

    areTrue("are true whatever agents do", throughHq, tailsAreTrue)
    areTrue("are true whatever agents do, and a person at the shell", fc.oneof(throughHq, atTheShell))
  })
}
