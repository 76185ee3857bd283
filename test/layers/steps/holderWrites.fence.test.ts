import { assert } from "@effect/vitest"
import * as Effect from "effect/Effect"
import type { Step } from "../../../src/domain/Entities.ts"
import { StepId } from "../../../src/domain/Ids.ts"
import type { StepStatus } from "../../../src/domain/Status.ts"
import { agent, plan, rows } from "../../support/coordination.ts"
import { projects, recovery, steps, suite, take, takeAndStart, writingNothing } from "../../support/suite.ts"

/** What a request says of its caller. */
interface By {
  readonly agent_id?: Step["agent_id"]
  readonly attempt?: number
}

/** Every call of a holder that fits a step in progress. */
const calls = {
  heartbeat: (step_id: StepId, by: By) => steps.heartbeat({ step_id, ...given(by) }),
  fail: (step_id: StepId, by: By) => steps.fail({ step_id, reason: "no disk", ...given(by) }),
  complete: (step_id: StepId, by: By) => steps.complete({ step_id, commit_hash: "def456", ...given(by) })
}

const given = ({ agent_id, attempt }: By) => ({
  ...(agent_id === undefined ? {} : { agent_id }),
  ...(attempt === undefined ? {} : { attempt })
})

const a = agent("a")
const b = agent("b")

suite("the fence", (test, table) => {
  /** Every call is refused, changes nothing, and names the holder and what to do next. */
  const refusesAll = (id: StepId, by: By, holder: By, status: StepStatus, next: string) =>
    Effect.forEach(Object.entries(calls), ([name, call]) =>
      Effect.gen(function* () {
        const error = yield* call(id, by).pipe(Effect.flip, writingNothing(table))
        assert.deepInclude({ ...error } as object, { _tag: "Conflict", step_id: id, status, holder }, name)
        assert.include(error.message, `"${holder.agent_id}" in attempt ${holder.attempt}`, name)
        assert.include(error.message, next, name)
      })
    )

  for (const [title, by] of [
    ["both agent and attempt", { agent_id: a, attempt: 1 }],
    ["the agent", { agent_id: a }],
    ["the attempt", { attempt: 1 }],
    ["neither", {}]
  ] as const) {
    for (const [name, call] of Object.entries(calls)) {
      test(`lets its holder ${name} with ${title} given`, () =>
        Effect.gen(function* () {
          yield* projects.create(plan("p", { 1: [] }))
          const { id } = yield* takeAndStart("p", "a")
          assert.deepInclude({ ...(yield* call(id, by)) } as object, { agent_id: "a", attempt: 1 })
        }))
    }
  }

  for (const [title, by] of [
    ["another agent", { agent_id: b }],
    ["another agent in the holder's attempt", { agent_id: b, attempt: 2 }],
    ["the holder in an earlier attempt", { agent_id: a, attempt: 1 }],
    ["the holder in a later attempt", { agent_id: a, attempt: 3 }],
    ["an earlier attempt", { attempt: 1 }]
  ] as const) {
    test(`refuses ${title}`, () =>
      Effect.gen(function* () {
        yield* projects.create(plan("p", { 1: [] }))
        yield* recovery.recover({ step_id: (yield* take("p", "a")).id })
        const { id } = yield* takeAndStart("p", "a")
        yield* refusesAll(id, by, { agent_id: a, attempt: 2 }, "in_progress", "Stop working on it")
      }))
  }

  test("refuses an agent whose step went to another in the same process", () =>
    Effect.gen(function* () {
      yield* projects.create(plan("p", { 1: [] }))
      yield* recovery.recover({ step_id: (yield* takeAndStart("p", "a")).id })
      const { id } = yield* take("p", "b")
      yield* steps.start({ step_id: id, agent_id: b })
      // Left out, it could be either.
      assert.match(
        (yield* Effect.flip(steps.complete({ step_id: id, commit_hash: "c" }))).message,
        /which agent is calling/
      )
      for (const by of [{ agent_id: a }, { agent_id: a, attempt: 1 }]) {
        yield* refusesAll(id, by, { agent_id: b, attempt: 2 }, "in_progress", "Stop working on it")
      }
      assert.strictEqual((yield* steps.complete({ step_id: id, commit_hash: "c", agent_id: b })).agent_id, b)
    }))

  test("keeps two agents of one process apart, each on its own step", () =>
    Effect.gen(function* () {
      yield* projects.create(plan("p", { 1: [], 2: [] }))
      const first = yield* takeAndStart("p", "a")
      const second = yield* takeAndStart("p", "b")
      yield* refusesAll(first.id, { agent_id: b }, { agent_id: a, attempt: 1 }, "in_progress", "Stop working on it")
      yield* refusesAll(second.id, { agent_id: a }, { agent_id: b, attempt: 1 }, "in_progress", "Stop working on it")
      assert.strictEqual((yield* calls.complete(second.id, {})).agent_id, b)
      assert.strictEqual((yield* calls.complete(first.id, {})).agent_id, a)
    }))

  test("refuses every call of the old holder while nobody holds the step", () =>
    Effect.gen(function* () {
      yield* projects.create(plan("p", { 1: [] }))
      const { id } = yield* takeAndStart("p", "a")
      yield* recovery.recover({ step_id: id })
      for (const call of [calls.heartbeat, calls.fail]) {
        const error = yield* call(id, {}).pipe(Effect.flip, writingNothing(table))
        assert.strictEqual(error._tag, "Conflict")
        assert.notProperty(error, "holder")
        assert.include(error.message, "claim_step")
      }
    }))

  test("holds for a step that a person gave to an agent at the shell, before any claim", () =>
    Effect.gen(function* () {
      yield* projects.create(plan("p", { 1: [] }))
      yield* rows(`UPDATE ${table("steps")} SET status = 'claimed', agent_id = 'a'`)
      for (const by of [{}, { agent_id: b }]) {
        const error = yield* calls.heartbeat(StepId.make(1), by).pipe(Effect.flip, writingNothing(table))
        assert.deepInclude({ ...error } as object, { _tag: "Conflict", status: "claimed" })
      }
      assert.strictEqual((yield* steps.start({ step_id: StepId.make(1), agent_id: a })).status, "in_progress")
    }))
})
