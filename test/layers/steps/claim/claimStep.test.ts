import { assert, describe, it } from "@effect/vitest"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as TestClock from "effect/TestClock"
import type { NoWorkReason } from "../../../../src/domain/Entities.ts"
import { reasonOfNoWork } from "../../../../src/layers/steps/claim/noWork.ts"
import { hq, pages, plan } from "../../../support/hq.ts"
import { rows, writesNothing } from "../../../support/rows.ts"
import { at, type Stored, suite } from "../../../support/storages.ts"

const numbersOf = (name: string) =>
  Effect.map(
    pages(2, (page) => hq.available({ project: name, ...page })),
    (found) => found.flatMap((page) => page.steps.map(({ step_num }) => step_num))
  )

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
      assert.deepStrictEqual({ ...(yield* hq.get(step.id)) }, { ...step, depends_on: [] })
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
      yield* hq.create("p", Object.fromEntries(Array.from({ length: 30 }, (_, index) => [index + 1, []])))
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
})

suite("no work", (test) => {
  const abort = () => rows("UPDATE $projects SET status = 'aborted'")
  const merge = () => rows("UPDATE $steps SET status = 'merged' WHERE status = 'completed'")
  type Act = () => Effect.Effect<unknown, unknown, Stored>
  const cases: ReadonlyArray<
    readonly [NoWorkReason, title: string, Record<number, ReadonlyArray<number>>, ReadonlyArray<Act>]
  > = [
    ["all_claimed", "every step is claimed", { 1: [] }, [() => hq.take("b")]],
    [
      "all_claimed",
      "what is not done is in progress",
      { 1: [], 2: [] },
      [() => hq.finish("b"), () => hq.takeAndStart("b")]
    ],
    [
      "all_claimed",
      "some are held and the others failed",
      { 1: [], 2: [] },
      [() => hq.failNext("b"), () => hq.take("b")]
    ],
    ["all_blocked", "the rest waits for a claimed step", { 1: [], 2: [1] }, [() => hq.take("b")]],
    ["all_blocked", "the rest waits for a step in progress", { 1: [], 2: [1] }, [() => hq.takeAndStart("b")]],
    ["all_done", "every step is completed", { 1: [], 2: [1] }, [() => hq.finish("b"), () => hq.finish("b")]],
    ["all_done", "every step is merged", { 1: [] }, [() => hq.finish("b"), merge]],
    ["failed_upstream", "the rest waits for a failed step", { 1: [], 2: [1] }, [() => hq.failNext("b")]],
    ["all_failed", "what is not done has failed", { 1: [], 2: [] }, [() => hq.finish("b"), () => hq.failNext("b")]],
    ["project_aborted", "the project is aborted", { 1: [] }, [abort]],
    ["project_aborted", "the project is aborted, with held steps", { 1: [], 2: [] }, [() => hq.take("b"), abort]]
  ]

  for (const [reason, title, graph, acts] of cases) {
    test(
      `is ${reason} where ${title}`,
      Effect.gen(function* () {
        yield* hq.create("p", graph)
        for (const act of acts) yield* act()
        // What is in the way has tests of its own.
        const { blocked_by: _, ...answer } = yield* hq.answer({ project: "p", agent_id: "a" }).pipe(writesNothing)
        const retry = reason === "all_claimed" || reason === "all_blocked" ? { retry_after_seconds: 30 } : {}
        assert.deepStrictEqual(answer, { step: null, reason, ...retry })
        assert.deepStrictEqual(yield* numbersOf("p"), [])
      })
    )
  }
})

describe("reason of no work", () => {
  it("is all_blocked where steps wait for each other in a circle, which only a person can make", () => {
    assert.strictEqual(
      reasonOfNoWork([{ status: "not_started", scope: "api", steps: 2, has_ready: 0 }], undefined),
      "all_blocked"
    )
  })

  it("is all_done where there are no steps left", () => {
    assert.strictEqual(reasonOfNoWork([], undefined), "all_done")
  })
})

suite("dependencies", (test) => {
  test(
    "free a step when the last of them is completed",
    Effect.gen(function* () {
      yield* hq.create("p", { 1: [], 2: [], 3: [1, 2], 4: [3] })
      assert.deepStrictEqual(yield* numbersOf("p"), [1, 2])
      yield* hq.finish("a")
      assert.deepStrictEqual(yield* numbersOf("p"), [2])
      yield* hq.finish("a")
      assert.deepStrictEqual(yield* numbersOf("p"), [3])
      yield* hq.finish("a")
      assert.deepStrictEqual(yield* numbersOf("p"), [4])
    })
  )

  test(
    "are met by a merged step as by a completed one",
    Effect.gen(function* () {
      yield* hq.create("p", { 1: [], 2: [1] })
      yield* hq.finish("a")
      yield* rows("UPDATE $steps SET status = 'merged' WHERE step_num = 1")
      assert.deepStrictEqual(yield* numbersOf("p"), [2])
    })
  )

  test(
    "are unmet again when one is reopened",
    Effect.gen(function* () {
      yield* hq.create("p", { 1: [], 2: [1] })
      yield* hq.finish("a")
      yield* rows("UPDATE $steps SET status = 'not_started' WHERE step_num = 1")
      assert.deepStrictEqual(yield* numbersOf("p"), [1])
      assert.strictEqual((yield* hq.take("a")).step_num, 1)
    })
  )

  test(
    "are not met by a failed step, until it is recovered and completed",
    Effect.gen(function* () {
      yield* hq.create("p", { 1: [], 2: [1] })
      const { id } = yield* hq.failNext("a")
      assert.deepStrictEqual(yield* numbersOf("p"), [])
      yield* hq.recoverFailed(id)
      yield* hq.finish("a")
      assert.deepStrictEqual(yield* numbersOf("p"), [2])
    })
  )
})
