import { assert } from "@effect/vitest"
import * as Effect from "effect/Effect"
import type { StepStatus } from "../../../src/domain/Status.ts"
import { hq } from "../../support/hq.ts"
import { rows, writesNothing } from "../../support/rows.ts"
import { suite } from "../../support/storages.ts"

/** What a request says of its caller. */
interface By {
  readonly agent_id?: string
  readonly attempt?: number
}

/** Every call of a holder that fits a step in progress. */
const calls = {
  heartbeat: (step_id: number, by: By) => hq.heartbeat({ step_id, ...given(by) }),
  fail: (step_id: number, by: By) => hq.fail({ step_id, reason: "no disk", ...given(by) }),
  complete: (step_id: number, by: By) => hq.complete({ step_id, commit_hash: "def456", ...given(by) })
}

const given = ({ agent_id, attempt }: By) => ({
  ...(agent_id === undefined ? {} : { agent_id }),
  ...(attempt === undefined ? {} : { attempt })
})

const a = "a"
const b = "b"

suite("the fence", (test) => {
  /** Every call is refused, changes nothing, and names the holder and what to do next. */
  const refusesAll = (id: number, by: By, holder: By, status: StepStatus, next: string) =>
    Effect.forEach(Object.entries(calls), ([name, call]) =>
      Effect.gen(function* () {
        const error = yield* call(id, by).pipe(Effect.flip, writesNothing)
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
      test(
        `lets its holder ${name} with ${title} given`,
        Effect.gen(function* () {
          yield* hq.create("p", { 1: [] })
          const { id } = yield* hq.takeAndStart("a")
          assert.deepInclude({ ...(yield* call(id, by)) } as object, { agent_id: "a", attempt: 1 })
        })
      )
    }
  }

  for (const [title, by] of [
    ["another agent", { agent_id: b }],
    ["another agent in the holder's attempt", { agent_id: b, attempt: 2 }],
    ["the holder in an earlier attempt", { agent_id: a, attempt: 1 }],
    ["the holder in a later attempt", { agent_id: a, attempt: 3 }],
    ["an earlier attempt", { attempt: 1 }]
  ] as const) {
    test(
      `refuses ${title}`,
      Effect.gen(function* () {
        yield* hq.create("p", { 1: [] })
        yield* hq.recover({ step_id: (yield* hq.take("a")).id, force: true })
        const { id } = yield* hq.takeAndStart("a")
        yield* refusesAll(id, by, { agent_id: a, attempt: 2 }, "in_progress", "Stop working on it")
      })
    )
  }

  test(
    "refuses an agent whose step went to another in the same process",
    Effect.gen(function* () {
      yield* hq.create("p", { 1: [] })
      yield* hq.recover({ step_id: (yield* hq.takeAndStart("a")).id, force: true })
      const { id } = yield* hq.take("b")
      yield* hq.start({ step_id: id, agent_id: b })
      // Left out, it could be either.
      assert.match(
        (yield* Effect.flip(hq.complete({ step_id: id, commit_hash: "c" }))).message,
        /which agent is calling/
      )
      for (const by of [{ agent_id: a }, { agent_id: a, attempt: 1 }]) {
        yield* refusesAll(id, by, { agent_id: b, attempt: 2 }, "in_progress", "Stop working on it")
      }
      assert.strictEqual((yield* hq.complete({ step_id: id, commit_hash: "c", agent_id: b })).agent_id, b)
    })
  )

  test(
    "keeps two agents of one process apart, each on its own step",
    Effect.gen(function* () {
      yield* hq.create("p", { 1: [], 2: [] })
      const first = yield* hq.takeAndStart("a")
      const second = yield* hq.takeAndStart("b")
      yield* refusesAll(first.id, { agent_id: b }, { agent_id: a, attempt: 1 }, "in_progress", "Stop working on it")
      yield* refusesAll(second.id, { agent_id: a }, { agent_id: b, attempt: 1 }, "in_progress", "Stop working on it")
      assert.strictEqual((yield* calls.complete(second.id, {})).agent_id, b)
      assert.strictEqual((yield* calls.complete(first.id, {})).agent_id, a)
    })
  )

  test(
    "refuses every call of the old holder while nobody holds the step",
    Effect.gen(function* () {
      yield* hq.create("p", { 1: [] })
      const { id } = yield* hq.takeAndStart("a")
      yield* hq.recover({ step_id: id, force: true })
      for (const call of [calls.heartbeat, calls.fail]) {
        const error = yield* call(id, {}).pipe(Effect.flip, writesNothing)
        assert.strictEqual(error._tag, "Conflict")
        assert.notProperty(error, "holder")
        assert.include(error.message, "claim_step")
      }
    })
  )

  test(
    "holds for a step that a person gave to an agent at the shell, before any claim",
    Effect.gen(function* () {
      yield* hq.create("p", { 1: [] })
      yield* rows("UPDATE $steps SET status = 'claimed', agent_id = 'a'")
      for (const by of [{}, { agent_id: b }]) {
        const error = yield* calls.heartbeat(1, by).pipe(Effect.flip, writesNothing)
        assert.deepInclude({ ...error } as object, { _tag: "Conflict", status: "claimed" })
      }
      assert.strictEqual((yield* hq.start({ step_id: 1, agent_id: a })).status, "in_progress")
    })
  )
})
