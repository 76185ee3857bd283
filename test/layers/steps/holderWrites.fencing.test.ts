import { assert } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as TestClock from "effect/TestClock"
import type { Conflict, NotFound, StorageError } from "../../../src/domain/Errors.ts"
import type { Coordination } from "../../../src/layers/Coordination.ts"
import { hq, refused } from "../../support/hq.ts"
import { contents } from "../../support/rows.ts"
import { anotherProcess, suite } from "../../support/storages.ts"

interface By {
  readonly agent_id?: string
  readonly attempt?: number
}

type Call = (by: By, step_id?: number) => Effect.Effect<unknown, NotFound | Conflict | StorageError, Coordination>

/** Every write that the fence guards. */
const writes: Record<string, Call> = {
  start: (by, step_id = 1) => hq.start({ step_id, worktree: "/w", ...by }),
  heartbeat: (by, step_id = 1) => hq.heartbeat({ step_id, ...by }),
  complete: (by, step_id = 1) => hq.complete({ step_id, commit_hash: "c", files_modified: ["f"], notes: "n", ...by }),
  fail: (by, step_id = 1) => hq.fail({ step_id, reason: "r", ...by }),
  release: (by, step_id = 1) => hq.release({ step_id, reason: "r", ...by })
}

/** The same calls with another content, where they have one that is kept. */
const others: Record<string, ReadonlyArray<Call>> = {
  start: [(by, step_id = 1) => hq.start({ step_id, worktree: "/other", ...by })],
  complete: [
    (by) => hq.complete({ step_id: 1, commit_hash: "other", files_modified: ["f"], notes: "n", ...by }),
    (by) => hq.complete({ step_id: 1, commit_hash: "c", files_modified: ["f"], ...by }),
    (by) => hq.complete({ step_id: 1, commit_hash: "c", notes: "n", ...by })
  ],
  fail: [(by) => hq.fail({ step_id: 1, reason: "other", ...by })]
}

const plan = (steps: number) => Object.fromEntries(Array.from({ length: steps }, (_, index) => [index + 1, []]))

/** Agent "a" claims the step here, and brings it where the write is allowed. */
const claimedFor = (name: string, step_id = 1) =>
  Effect.gen(function* () {
    yield* hq.claim("a", { step_id })
    if (name === "complete") yield* hq.start({ step_id })
  })

/** Agent "a" lost step id 1 to agent "b", which claimed it in another process. */
const overtaken = (name: string) =>
  Effect.gen(function* () {
    yield* claimedFor(name)
    const other = yield* anotherProcess
    yield* TestClock.adjust("15 minutes")
    yield* hq.sweep
    yield* Effect.provide(hq.claim("b"), other)
    if (name === "complete") yield* Effect.provide(hq.start({ step_id: 1 }), other)
  })

const strangers: ReadonlyArray<By> = [
  {},
  { attempt: 1 },
  { attempt: 2 },
  { agent_id: "a" },
  { agent_id: "a", attempt: 1 },
  { agent_id: "a", attempt: 2 },
  { agent_id: "b", attempt: 1 },
  { agent_id: "b", attempt: 3 },
  { agent_id: "c" },
  { agent_id: "c", attempt: 2 }
]

const refusals: ReadonlyArray<readonly [after: string, refused: string, advice: string]> = [
  ["claim", "complete", "Call start_step first, then complete_step."],
  ["start", "start with other content", "It is yours: go on with it"],
  ["complete", "start", "Nothing is left to do on it"],
  ["complete", "heartbeat", "Nothing is left to do on it"],
  ["complete", "fail", "Nothing is left to do on it"],
  ["complete", "release", "Nothing is left to do on it"],
  ["fail", "start", "Call recover_failed_step"],
  ["fail", "heartbeat", "Call recover_failed_step"],
  ["fail", "complete", "Call recover_failed_step"],
  ["fail", "release", "Call recover_failed_step"],
  ["release", "start", "Nobody holds it; call claim_step to take it."],
  ["release", "heartbeat", "Nobody holds it; call claim_step to take it."],
  ["release", "complete", "Nobody holds it; call claim_step to take it."],
  ["release", "fail", "Nobody holds it; call claim_step to take it."]
]

suite("the fence", (test) => {
  for (const [name, call] of Object.entries(writes)) {
    test(
      `${name} by the holder, whose agent and attempt may be left out where the process claimed the step`,
      Effect.gen(function* () {
        yield* hq.create("p", plan(5))
        const ways: ReadonlyArray<By> = [{}, { attempt: 1 }, { agent_id: "a" }, { agent_id: "a", attempt: 1 }]
        for (const [index, by] of ways.entries()) {
          yield* claimedFor(name, index + 1)
          yield* call(by, index + 1)
        }
        yield* claimedFor(name, 5)
        const other = yield* anotherProcess
        const before = yield* contents
        for (const by of [{}, { attempt: 1 }]) {
          const error = yield* Effect.flip(Effect.provide(call(by, 5), other))
          assert.strictEqual(error._tag, "Conflict")
          assert.include(error.message, "again with agent_id and attempt")
        }
        assert.deepStrictEqual(yield* contents, before)
        yield* Effect.provide(call({ agent_id: "a" }, 5), other)
        assert.strictEqual((yield* Effect.flip(call({ agent_id: "a" }, 6)))._tag, "NotFound")
      })
    )

    test(
      `${name} by whom does not hold the step changes nothing`,
      Effect.gen(function* () {
        yield* hq.create("p", plan(1))
        yield* overtaken(name)
        const before = yield* contents
        for (const by of strangers) {
          const error = yield* refused(call(by))
          assert.deepInclude(error, {
            _tag: "Conflict",
            step_id: 1,
            status: name === "complete" ? "in_progress" : "claimed",
            holder: { agent_id: "b", attempt: 2 }
          })
          assert.include(error.message, 'held by agent "b" in attempt 2')
          assert.include(error.message, "Call claim_step for other work")
        }
        assert.deepStrictEqual(yield* contents, before)
      })
    )

    test(
      `${name} in the name of an agent that claimed again elsewhere is that of its lost attempt`,
      Effect.gen(function* () {
        yield* hq.create("p", plan(1))
        yield* claimedFor(name)
        const other = yield* anotherProcess
        yield* hq.recover({ step_id: 1, force: true })
        yield* Effect.provide(hq.claim("a"), other)
        for (const by of [{}, { agent_id: "a" }]) {
          assert.deepInclude(yield* refused(call(by)), { _tag: "Conflict", holder: { agent_id: "a", attempt: 2 } })
        }
        if (name === "complete") yield* Effect.provide(hq.start({ step_id: 1 }), other)
        yield* Effect.provide(call({}), other)
      })
    )

    if (name === "heartbeat") continue

    test(
      `${name} repeated succeeds and writes nothing, from any process; with other content it is a Conflict`,
      Effect.gen(function* () {
        yield* hq.create("p", plan(1))
        yield* claimedFor(name)
        const answer = yield* call({})
        const before = yield* contents
        yield* TestClock.adjust("5 minutes")
        const other = yield* anotherProcess
        for (const by of [{}, { agent_id: "a" }, { agent_id: "a", attempt: 1 }]) {
          assert.deepStrictEqual(yield* call(by), answer)
          if (by.agent_id !== undefined) assert.deepStrictEqual(yield* Effect.provide(call(by), other), answer)
        }
        for (const different of others[name] ?? []) {
          const error = yield* Effect.flip(different({}))
          assert.strictEqual(error._tag, "Conflict")
          assert.include(error.message, "with other content")
        }
        for (const by of [{ agent_id: "b" }, { agent_id: "a", attempt: 2 }]) {
          assert.strictEqual((yield* Effect.flip(call(by)))._tag, "Conflict")
        }
        assert.deepStrictEqual(yield* contents, before)
      })
    )
  }

  test(
    "a start is the same where it names no worktree",
    Effect.gen(function* () {
      yield* hq.create("p", plan(1))
      yield* hq.claim("a")
      yield* hq.start({ step_id: 1, worktree: "/w" })
      const before = yield* contents
      assert.strictEqual((yield* hq.start({ step_id: 1 })).worktree, "/w")
      assert.deepStrictEqual(yield* contents, before)
    })
  )

  test(
    "a step that was given back and claimed by another cannot be given back again",
    Effect.gen(function* () {
      yield* hq.create("p", plan(1))
      yield* hq.claim("a")
      yield* hq.release({ step_id: 1 })
      yield* hq.claim("b")
      const error = yield* refused(hq.release({ step_id: 1, agent_id: "a", attempt: 1 }))
      assert.deepInclude(error, { _tag: "Conflict", holder: { agent_id: "b", attempt: 2 } })
    })
  )

  test(
    "what the step's status does not allow is refused to its holder too, with what to do instead",
    Effect.gen(function* () {
      yield* hq.create("p", plan(refusals.length))
      for (const [index, [after, refused, advice]] of refusals.entries()) {
        const step_id = index + 1
        yield* claimedFor(after, step_id)
        if (after !== "claim") yield* (writes[after] as Call)({}, step_id)
        const before = yield* contents
        const call = refused === "start with other content" ? others.start?.[0] : writes[refused]
        const error = yield* Effect.flip((call as Call)({ agent_id: "a", attempt: 1 }, step_id))
        assert.strictEqual(error._tag, "Conflict", `${refused} after ${after}`)
        assert.include(error.message, advice, `${refused} after ${after}`)
        assert.deepStrictEqual(yield* contents, before)
      }
    })
  )
})
