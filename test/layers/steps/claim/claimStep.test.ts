import { assert } from "@effect/vitest"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as TestClock from "effect/TestClock"
import { fields, free, hq, plan } from "../../../support/hq.ts"
import { writesNothing } from "../../../support/rows.ts"
import { at, suite } from "../../../support/storages.ts"

suite("claiming a step", (test) => {
  test(
    "gives it to the agent for one lease, and records that",
    Effect.gen(function* () {
      yield* hq.create("p", { 1: [] })
      yield* TestClock.setTime(Date.UTC(2026, 0, 18, 10, 30))
      const step = yield* hq.take("agent-1")
      assert.deepStrictEqual({ ...step } as object, {
        id: 1,
        project_id: 1,
        step_num: 1,
        branch: "step1/work",
        scope: "api",
        status: "claimed",
        priority: 0,
        attempt: 1,
        agent_id: "agent-1",
        claimed_at: "2026-01-18T10:30:00.000Z",
        last_heartbeat: "2026-01-18T10:30:00.000Z",
        lease_expires_at: "2026-01-18T10:45:00.000Z"
      })
      const { session, ...found } = yield* hq.get(step.id)
      assert.deepStrictEqual(found, { ...step, depends_on: [] })
      assert.strictEqual(session?.id, yield* hq.session)
    })
  )

  test(
    "lets a lease last as long as the settings say",
    Effect.gen(function* () {
      yield* hq.create("p", { 1: [] })
      assert.strictEqual((yield* hq.take("a")).lease_expires_at, at("90 seconds"))
    }),
    { staleAfter: Duration.seconds(90) }
  )

  test(
    "goes by step number, whatever order the plan had",
    Effect.gen(function* () {
      const { steps: planned, ...request } = plan("p", { 1: [], 2: [], 10: [], 30: [] })
      yield* hq.createProject({ ...request, steps: planned.toReversed() })
      const taken = yield* Effect.forEach(["a", "b", "a", "c"], (by) => hq.take(by))
      assert.deepStrictEqual(
        taken.map(({ step_num }) => step_num),
        [1, 2, 10, 30]
      )
    })
  )

  test(
    "gives each step to one agent, however many ask at once",
    Effect.gen(function* () {
      yield* hq.create("p", free(30))
      const asked = Array.from({ length: 50 }, (_, index) => hq.answer({ project: "p", agent_id: `agent-${index}` }))
      const answers = yield* Effect.all(asked, { concurrency: "unbounded" })
      const given = answers.flatMap(({ step }) => (step === null ? [] : [step.id]))
      assert.strictEqual(given.length, 30)
      assert.strictEqual(new Set(given).size, 30)
    })
  )

  test(
    "knows only the project that is named",
    Effect.gen(function* () {
      yield* hq.create("p", { 1: [] })
      yield* hq.create("q", { 1: [], 2: [] })
      assert.strictEqual((yield* hq.take("a", { project: "q" })).project_id, 2)
      const error = yield* hq.answer({ project: "nowhere", agent_id: "a" }).pipe(Effect.flip, writesNothing)
      assert.deepInclude({ ...error }, { _tag: "NotFound", entity: "project", key: "nowhere" })
    })
  )

  test(
    "counts attempts",
    Effect.gen(function* () {
      yield* hq.create("p", { 1: [] })
      for (const attempt of [1, 2, 3]) {
        const step = yield* hq.take("a")
        assert.strictEqual(step.attempt, attempt)
        yield* hq.recover({ step_id: step.id, force: true })
      }
    })
  )

  test(
    "takes the step that is named, by its id, its number or both, before those of lower number",
    Effect.gen(function* () {
      yield* hq.create("p", { 1: [], 2: [], 3: [], 4: [] })
      for (const [more, step_num] of [
        [{ step_id: 3 }, 3],
        [{ step_num: 2 }, 2],
        [{ step_id: 4, step_num: 4 }, 4],
        [{}, 1]
      ] as const) {
        assert.deepInclude(fields(yield* hq.claim("a", more)), { step_num, agent_id: "a", status: "claimed" })
      }
    })
  )
})
