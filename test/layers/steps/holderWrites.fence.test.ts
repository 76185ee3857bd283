import { assert } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as TestClock from "effect/TestClock"
import { type By, type Call, calls, held, refusedFor, writes } from "../../support/holderCalls.ts"
import { fields, free, hq, refused } from "../../support/hq.ts"
import { rows, writesNothing } from "../../support/rows.ts"
import { anotherProcess, at, suite } from "../../support/storages.ts"

/* Who may write to a step that is held: the calls of its holder, of former holders and of strangers. */

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

suite("the fence", (test) => {
  for (const [name, status] of writes) {
    const call: Call = calls[name]

    test(
      `lets the holder ${name} a ${status} step; agent and attempt may be left out in the session that claimed it`,
      Effect.gen(function* () {
        yield* hq.create("p", free(5))
        const ways: ReadonlyArray<By> = [{}, { attempt: 1 }, { agent_id: "a" }, { agent_id: "a", attempt: 1 }]
        const holder = name === "release" ? { attempt: 1 } : { agent_id: "a", attempt: 1 }
        for (const [index, by] of ways.entries()) {
          yield* held(status, index + 1)
          assert.deepInclude({ ...(yield* call(by, index + 1)) }, holder)
        }
        yield* held(status, 5)
        const other = yield* anotherProcess
        for (const [by, advice] of [
          [{}, "again with agent_id and attempt"],
          [{ attempt: 1 }, "again with agent_id and attempt"],
          [{ agent_id: "a" }, "Choose another agent_id, one that no other agent uses"]
        ] as const) {
          const error = yield* refused(Effect.provide(call(by, 5), other)).pipe(writesNothing)
          assert.deepInclude(error, { _tag: "Conflict", holder: { agent_id: "a", attempt: 1 } })
          assert.include(error.message, advice)
        }
        yield* Effect.provide(call({ agent_id: "a", attempt: 1 }, 5), other)
      })
    )

    test(
      `lets nobody but the holder ${name} a ${status} step`,
      Effect.gen(function* () {
        yield* hq.create("p", free(1))
        yield* held(status)
        const other = yield* anotherProcess
        yield* TestClock.adjust("15 minutes")
        yield* hq.sweep
        yield* Effect.provide(held(status, 1, "b"), other)
        for (const by of strangers) {
          assert.include(yield* refusedFor(call(by), status, "b", 2), "Call claim_step for other work")
        }
      })
    )

    test(
      `takes the ${name} of a ${status} step that the agent claimed again elsewhere for one of its lost attempt`,
      Effect.gen(function* () {
        yield* hq.create("p", free(1))
        yield* held(status)
        const other = yield* anotherProcess
        yield* hq.recover({ step_id: 1, force: true })
        yield* Effect.provide(held(status), other)
        for (const by of [{}, { agent_id: "a" }, { agent_id: "a", attempt: 1 }]) {
          yield* refusedFor(call(by), status, "a", 2)
        }
        assert.deepInclude({ ...(yield* Effect.provide(call({}), other)) }, { attempt: 2 })
      })
    )

    test(
      `refuses the ${name} of a ${status} step in any attempt but the latest, and by another agent of the process`,
      Effect.gen(function* () {
        yield* hq.create("p", free(1))
        yield* hq.claim("a")
        yield* hq.recover({ step_id: 1, force: true })
        yield* held(status)
        for (const by of [
          { agent_id: "b" },
          { agent_id: "b", attempt: 2 },
          { agent_id: "a", attempt: 1 },
          { agent_id: "a", attempt: 3 },
          { attempt: 1 }
        ]) {
          assert.include(yield* refusedFor(call(by), status, "a", 2), "Stop working on it")
        }
      })
    )
  }

  test(
    "asks which agent is calling when two of the session have held the step",
    Effect.gen(function* () {
      yield* hq.create("p", free(1))
      yield* held("in_progress")
      yield* hq.recover({ step_id: 1, force: true })
      yield* held("in_progress", 1, "b")
      assert.match(
        (yield* Effect.flip(calls.complete({}))).message,
        /Several agents have asked for steps through this session/
      )
      for (const by of [{ agent_id: "a" }, { agent_id: "a", attempt: 1 }]) {
        for (const call of [calls.heartbeat, calls.fail, calls.complete]) {
          assert.include(yield* refusedFor(call(by), "in_progress", "b", 2), "Stop working on it")
        }
      }
      assert.strictEqual((yield* calls.complete({ agent_id: "b" })).agent_id, "b")
    })
  )

  test(
    "keeps two agents of one session apart, each on its own step: both must name themselves",
    Effect.gen(function* () {
      yield* hq.create("p", free(2))
      yield* held("in_progress", 1, "a")
      yield* held("in_progress", 2, "b")
      for (const [step_id, by, holder] of [
        [1, { agent_id: "b" }, { agent_id: "a", attempt: 1 }],
        [2, { agent_id: "a" }, { agent_id: "b", attempt: 1 }]
      ] as const) {
        for (const call of [calls.heartbeat, calls.fail, calls.complete]) {
          const error = yield* refused(call(by, step_id)).pipe(writesNothing)
          assert.deepInclude(error, { _tag: "Conflict", step_id, status: "in_progress", holder })
          assert.include(error.message, "Stop working on it")
        }
      }
      for (const by of [{}, { attempt: 1 }]) {
        const error = yield* refused(calls.complete(by, 2)).pipe(writesNothing)
        assert.include(error.message, "Call complete_step again with agent_id as you gave it to claim_step.")
      }
      assert.strictEqual((yield* calls.complete({ agent_id: "b" }, 2)).agent_id, "b")
      assert.strictEqual((yield* calls.complete({ agent_id: "a" }, 1)).agent_id, "a")
    })
  )

  const holders = [
    ["has ended", hq.endSession],
    ["has been silent for longer than three renewals", TestClock.adjust("90 seconds")]
  ] as const
  for (const [how, goes] of holders) {
    test(
      `lets an agent go on by its name alone in another session, once the one that holds its step ${how}`,
      Effect.gen(function* () {
        yield* hq.create("p", free(1))
        yield* held("in_progress")
        const other = yield* anotherProcess
        yield* TestClock.adjust("89 seconds")
        yield* Effect.provide(refusedFor(calls.heartbeat({ agent_id: "a" }), "in_progress", "a", 1), other)
        yield* goes
        assert.strictEqual((yield* Effect.provide(calls.heartbeat({ agent_id: "a" }), other)).attempt, 1)
        // From now on the step is held through that session.
        assert.strictEqual((yield* hq.get(1)).session?.id, yield* Effect.provide(hq.session, other))
        const error = yield* refused(calls.complete({ agent_id: "a" })).pipe(writesNothing)
        assert.include(error.message, "through another live session")
        yield* Effect.provide(calls.complete({}), other)
      })
    )
  }

  test(
    "takes the attempt for proof: a claim moves to the session that gives it, and back",
    Effect.gen(function* () {
      yield* hq.create("p", free(1))
      yield* held("in_progress")
      const other = yield* anotherProcess
      const sessions = [yield* hq.session, yield* Effect.provide(hq.session, other)]
      yield* Effect.provide(calls.heartbeat({ agent_id: "a", attempt: 1 }), other)
      assert.strictEqual((yield* hq.get(1)).session?.id, sessions[1])
      yield* refused(calls.heartbeat({})).pipe(writesNothing)
      yield* calls.heartbeat({ agent_id: "a", attempt: 1 })
      assert.strictEqual((yield* hq.get(1)).session?.id, sessions[0])
    })
  )

  test(
    "notes the commit of a completion that it refuses, once",
    Effect.gen(function* () {
      yield* hq.create("p", free(1))
      yield* held("in_progress")
      yield* hq.recover({ step_id: 1, force: true })
      yield* held("in_progress", 1, "b")
      for (let call = 1; call <= 2; call++) yield* refused(calls.complete({ agent_id: "a", attempt: 1 }))
      assert.deepStrictEqual((yield* hq.get(1)).refused_completions?.map(fields), [
        { agent_id: "a", attempt: 1, commit_hash: "c", timestamp: at("0 minutes") }
      ])
      yield* calls.complete({ agent_id: "b" })
      assert.lengthOf((yield* hq.get(1)).refused_completions ?? [], 1)
    })
  )

  test(
    "holds for a step that a person gave to an agent at the shell, before any claim",
    Effect.gen(function* () {
      yield* hq.create("p", free(1))
      yield* rows("UPDATE $steps SET status = 'claimed', agent_id = 'a'")
      for (const by of [{}, { agent_id: "b" }]) {
        const error = yield* calls.heartbeat(by).pipe(Effect.flip, writesNothing)
        assert.deepInclude({ ...error }, { _tag: "Conflict", status: "claimed" })
      }
      assert.strictEqual((yield* hq.start({ step_id: 1, agent_id: "a" })).status, "in_progress")
    })
  )
})
