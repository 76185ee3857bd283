import { assert } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as TestClock from "effect/TestClock"
import { type Call, calls, done, held, type Name, writes } from "../../support/holderCalls.ts"
import { free, hq, refused } from "../../support/hq.ts"
import { writesNothing } from "../../support/rows.ts"
import { anotherProcess, suite } from "../../support/storages.ts"

/** The same calls with another content, where they have one that is kept. */
const others: Partial<Record<Name, ReadonlyArray<Call>>> = {
  start: [(by, step_id = 1) => hq.start({ step_id, worktree: "/other", ...by })],
  complete: [
    (by) => hq.complete({ step_id: 1, ...done, commit_hash: "other", ...by }),
    (by) => hq.complete({ step_id: 1, ...done, notes: "other", ...by }),
    (by) => hq.complete({ step_id: 1, ...done, files_modified: ["g", "f"], ...by }),
    (by) => hq.complete({ step_id: 1, commit_hash: "c", files_modified: done.files_modified, ...by }),
    (by) => hq.complete({ step_id: 1, commit_hash: "c", notes: "n", ...by }),
    (by) => hq.complete({ step_id: 1, commit_hash: "c", ...by })
  ],
  fail: [(by) => hq.fail({ step_id: 1, reason: "other", ...by })]
}

const advices: ReadonlyArray<readonly [after: Name | "claim", refused: string, advice: string]> = [
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

suite("a call of the holder", (test) => {
  for (const [name, status] of writes.filter(([name]) => name !== "heartbeat")) {
    const call: Call = calls[name]

    test(
      `${name} of a ${status} step may be repeated, which writes nothing; other content is a Conflict`,
      Effect.gen(function* () {
        yield* hq.create("p", free(1))
        yield* held(status)
        const answer = yield* call({})
        yield* TestClock.adjust("5 minutes")
        const other = yield* anotherProcess
        yield* Effect.gen(function* () {
          for (const by of [{}, { agent_id: "a" }, { agent_id: "a", attempt: 1 }]) {
            assert.deepStrictEqual(yield* call(by), answer)
            if ("agent_id" in by) assert.deepStrictEqual(yield* Effect.provide(call(by), other), answer)
          }
          for (const different of others[name] ?? []) {
            const error = yield* Effect.flip(different({}))
            assert.strictEqual(error._tag, "Conflict")
            assert.include(error.message, "with other content")
          }
          for (const by of [{ agent_id: "b" }, { agent_id: "a", attempt: 2 }]) {
            assert.strictEqual((yield* Effect.flip(call(by)))._tag, "Conflict")
          }
        }).pipe(writesNothing)
      })
    )
  }

  test(
    "start without its worktree is a repeated one",
    Effect.gen(function* () {
      yield* hq.create("p", free(1))
      yield* hq.claim("a")
      yield* hq.start({ step_id: 1, worktree: "/w" })
      assert.strictEqual((yield* hq.start({ step_id: 1 }).pipe(writesNothing)).worktree, "/w")
    })
  )

  test(
    "release is not repeated once another agent has claimed the step",
    Effect.gen(function* () {
      yield* hq.create("p", free(1))
      yield* hq.claim("a")
      yield* hq.release({ step_id: 1 })
      yield* hq.claim("b")
      const error = yield* refused(hq.release({ step_id: 1, agent_id: "a", attempt: 1 }))
      assert.deepInclude(error, { _tag: "Conflict", holder: { agent_id: "b", attempt: 2 } })
    })
  )

  test(
    "that the step's status does not allow is refused, with what to do instead",
    Effect.gen(function* () {
      yield* hq.create("p", free(advices.length))
      for (const [index, [after, name, advice]] of advices.entries()) {
        const step_id = index + 1
        yield* held(after === "complete" ? "in_progress" : "claimed", step_id)
        if (after !== "claim") yield* calls[after]({}, step_id)
        const call = name === "start with other content" ? others.start?.[0] : calls[name as Name]
        const error = yield* (call as Call)({ agent_id: "a", attempt: 1 }, step_id).pipe(Effect.flip, writesNothing)
        assert.strictEqual(error._tag, "Conflict", `${name} after ${after}`)
        assert.include(error.message, advice, `${name} after ${after}`)
      }
    })
  )
})
