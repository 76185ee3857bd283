import { assert } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import * as TestClock from "effect/TestClock"
import { Claim, ClaimedStep } from "../../../../src/domain/Claim.ts"
import { fields, hq, type Plain } from "../../../support/hq.ts"
import { at, suite } from "../../../support/storages.ts"

const done = (step_id: number, more: Partial<Plain<Parameters<typeof hq.complete>[0]>> = {}) =>
  Effect.zipRight(hq.start({ step_id }), hq.complete({ step_id, commit_hash: `c${step_id}`, ...more }))

suite("what a claim hands over", (test) => {
  test(
    "a claim carries what the agent needs to start",
    Effect.gen(function* () {
      yield* hq.create("p", { 1: [], 2: [], 3: [2, 1] })
      const first = fields(yield* hq.claim("a"))
      assert.deepInclude(first, { base_commit: "abc123", dependencies: [] })
      assert.notProperty(first, "previous_attempts")
      yield* done(1, { notes: "one", files_modified: ["a.ts", "b.ts"] })
      yield* hq.claim("a")
      yield* done(2)
      const answer = yield* hq.answer({ project: "p", agent_id: "a" })
      assert.deepStrictEqual(fields(answer.step).dependencies, [
        { step_num: 1, branch: "step1/work", last_commit: "c1", notes: "one", files_modified: ["a.ts", "b.ts"] },
        { step_num: 2, branch: "step2/work", last_commit: "c2" }
      ])
      assert.deepStrictEqual<unknown>(
        Schema.decodeUnknownSync(Claim)(Schema.encodeSync(Claim)(answer as Claim)),
        answer
      )
    })
  )

  test(
    "of many dependencies and long notes a claim carries a part",
    Effect.gen(function* () {
      const first = Array.from({ length: 60 }, (_, index) => index + 1)
      const files = Array.from({ length: 150 }, (_, index) => `src/${index}.ts`)
      yield* hq.create("p", { ...Object.fromEntries(first.map((num) => [num, []])), 61: [...first].reverse() })
      for (const step_id of first) {
        yield* hq.claim("a", { step_id })
        yield* done(step_id, step_id === 1 ? { notes: `${"n".repeat(2000)}over`, files_modified: files } : {})
      }
      const step = yield* hq.claim("a")
      assert.deepStrictEqual(
        step?.dependencies.map(({ step_num }) => step_num),
        first.slice(0, 50)
      )
      assert.strictEqual(step?.dependencies_more, 10)
      const { files_modified, files_modified_more, notes } = step?.dependencies[0] ?? {}
      assert.strictEqual(notes, `${"n".repeat(2000)}…`)
      assert.deepStrictEqual(files_modified, files.slice(0, 100))
      assert.strictEqual(files_modified_more, 50)
      assert.strictEqual((yield* hq.get(1)).notes, `${"n".repeat(2000)}over`)
    })
  )

  test(
    "a further attempt is told how the earlier ones ended, in their order",
    Effect.gen(function* () {
      yield* hq.create("p", { 1: [] })
      yield* hq.claim("a")
      yield* hq.release({ step_id: 1, reason: "not mine" })
      yield* hq.claim("b")
      yield* hq.heartbeat({ step_id: 1, agent_id: "b" })
      yield* TestClock.adjust("15 minutes")
      yield* hq.sweep
      yield* hq.claim("c")
      yield* hq.recover({ step_id: 1, force: true })
      yield* hq.claim("d")
      yield* hq.start({ step_id: 1, agent_id: "d" })
      yield* hq.fail({ step_id: 1, agent_id: "d", reason: "broken" })
      yield* hq.recoverFailed(1)
      yield* hq.claim("e")
      yield* hq.release({ step_id: 1, agent_id: "e" })
      const step = yield* hq.claim("f")
      assert.strictEqual(step?.attempt, 6)
      const notes = `no sign of life until the lease ended at ${at("15 minutes")}`
      assert.deepStrictEqual(fields(step).previous_attempts, [
        { attempt: 1, agent_id: "a", outcome: "released", notes: "not mine" },
        { attempt: 2, agent_id: "b", outcome: "recovered", notes },
        { attempt: 3, agent_id: "c", outcome: "recovered" },
        { attempt: 4, agent_id: "d", outcome: "failed", notes: "broken" },
        { attempt: 5, agent_id: "e", outcome: "released" }
      ])
      assert.instanceOf(step, ClaimedStep)
    })
  )

  test(
    "a further attempt is told where the earlier ones worked",
    Effect.gen(function* () {
      yield* hq.create("p", { 1: [] })
      yield* hq.claim("a")
      yield* hq.start({ step_id: 1, agent_id: "a", worktree: "/work/a" })
      yield* TestClock.adjust("15 minutes")
      yield* hq.sweep
      yield* hq.claim("b")
      yield* hq.release({ step_id: 1, agent_id: "b" })
      yield* hq.claim("c")
      yield* hq.start({ step_id: 1, agent_id: "c", worktree: "/work/c" })
      yield* hq.fail({ step_id: 1, agent_id: "c", reason: "broken" })
      yield* hq.recoverFailed(1)
      assert.deepStrictEqual(
        (yield* hq.claim("d"))?.previous_attempts?.map(({ attempt, worktree }) => [attempt, worktree]),
        [
          [1, "/work/a"],
          [2, undefined],
          [3, "/work/c"]
        ]
      )
    })
  )

  test(
    "an attempt that a sweep failed is told as its agent's",
    Effect.gen(function* () {
      yield* hq.create("p", { 1: [] })
      yield* hq.claim("a")
      yield* TestClock.adjust("15 minutes")
      yield* hq.sweep
      yield* hq.recoverFailed(1)
      const [attempt] = (yield* hq.claim("b"))?.previous_attempts ?? []
      assert.deepInclude(attempt, { attempt: 1, agent_id: "a", outcome: "failed" })
      assert.include(attempt?.notes, '1 attempts were lost, the last by agent "a"')
    }),
    { maxAttempts: 1 }
  )

  test(
    "of many earlier attempts the latest 10 are told",
    Effect.gen(function* () {
      yield* hq.create("p", { 1: [] })
      for (let attempt = 1; attempt <= 25; attempt++) {
        yield* hq.claim("a")
        yield* hq.release({ step_id: 1 })
      }
      const step = yield* hq.claim("a")
      assert.deepStrictEqual(
        step?.previous_attempts?.map(({ attempt }) => attempt),
        Array.from({ length: 10 }, (_, index) => index + 16)
      )
    })
  )
})
