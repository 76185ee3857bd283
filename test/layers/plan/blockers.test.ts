import { assert } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import * as TestClock from "effect/TestClock"
import { Claim } from "../../../src/domain/Claim.ts"
import { lineOf, numbers } from "../../support/answers.ts"
import { hq, plan } from "../../support/hq.ts"
import { rows, writesNothing } from "../../support/rows.ts"
import { suite } from "../../support/storages.ts"

const range = (from: number, to: number) => Array.from({ length: to - from + 1 }, (_, index) => from + index)

/** What a claim is answered that finds no work; it is what the schema says. */
const claim = (request: Partial<Parameters<typeof hq.answer>[0]> = {}) =>
  Effect.tap(hq.answer({ agent_id: "a", ...request }), (answer) => {
    assert.isNull(answer.step)
    Schema.decodeUnknownSync(Claim, { onExcessProperty: "error" })(answer)
  })

/** The numbers of the steps that are in the way of a claim of project p. */
const inTheWay = (request: Partial<Parameters<typeof hq.answer>[0]> = {}) =>
  Effect.map(claim({ project: "p", ...request }), ({ blocked_by }) => numbers(blocked_by ?? []))

const scoped = (graph: Record<number, readonly [scope: string, depends_on: ReadonlyArray<number>]>) => ({
  ...plan("p", {}),
  steps: Object.entries(graph).map(([num, [scope, depends_on]]) => ({
    step_num: Number(num),
    branch: "b",
    scope,
    depends_on
  }))
})

suite("what is in the way of a claim without work", (test) => {
  test(
    "is told with who holds it, since when and until when",
    Effect.gen(function* () {
      yield* TestClock.setTime(Date.UTC(2026, 0, 18, 10, 30))
      yield* hq.create("p", { 1: [], 2: [1] })
      yield* hq.take("b")
      for (const where of [{ project: "p" }, {}]) {
        assert.deepStrictEqual<unknown>(yield* claim(where).pipe(writesNothing), {
          step: null,
          reason: "all_blocked",
          blocked_by: [
            {
              step_id: 1,
              step_num: 1,
              project: "p",
              status: "claimed",
              agent_id: "b",
              claimed_at: "2026-01-18T10:30:00.000Z",
              lease_expires_at: "2026-01-18T10:45:00.000Z"
            }
          ],
          retry_after_seconds: 30
        })
      }
    })
  )

  test(
    "is what others wait for, the longest chains first, held or failed",
    Effect.gen(function* () {
      yield* hq.create("p", { 1: [], 2: [1], 3: [], 4: [3], 5: [4], 6: [], 7: [] })
      yield* hq.failNext("b")
      for (const by of ["c", "d", "e"]) yield* hq.take(by)
      const { blocked_by, reason } = yield* claim({ project: "p" })
      assert.strictEqual(reason, "all_blocked")
      assert.deepStrictEqual(
        blocked_by?.map(({ status, step_num }) => [step_num, status]),
        [
          [3, "failed"],
          [1, "claimed"]
        ]
      )
    })
  )

  test(
    "is what is held, where nothing waits; what failed, where all has failed; nothing, where all is done",
    Effect.gen(function* () {
      yield* hq.create("p", { 1: [], 2: [] })
      yield* hq.take("b")
      yield* hq.failNext("b")
      assert.deepStrictEqual(yield* inTheWay(), [1, 2])
      yield* hq.fail({ step_id: 1, agent_id: "b", reason: "no" })
      assert.strictEqual((yield* claim({ project: "p" })).reason, "all_failed")
      assert.deepStrictEqual(yield* inTheWay(), [1, 2])
      yield* hq.create("done", { 1: [] })
      yield* hq.finish("b", { project: "done" })
      assert.deepStrictEqual(yield* claim({ project: "done" }), { step: null, reason: "all_done" })
    })
  )

  test(
    "is nothing where the project is paused",
    Effect.gen(function* () {
      yield* hq.create("p", { 1: [], 2: [1] })
      yield* hq.take("b")
      yield* hq.updateProject({ name: "p", status: "paused" })
      for (const where of [{ project: "p" }, {}]) {
        assert.deepStrictEqual(yield* claim(where), { step: null, reason: "project_paused" })
      }
    })
  )

  test(
    "is what is not merged, too, where others wait for that",
    Effect.gen(function* () {
      yield* hq.createProject({ ...plan("p", { 1: [], 2: [1], 3: [] }), unblock_on: "merged" })
      for (const by of ["b", "c"]) yield* hq.finish(by)
      const { blocked_by, reason } = yield* claim({ project: "p" })
      assert.strictEqual(reason, "all_blocked")
      assert.deepStrictEqual(
        blocked_by?.map(({ agent_id, status, step_num }) => [step_num, status, agent_id]),
        [[1, "completed", "b"]]
      )
    })
  )

  test(
    "is a ready step of another scope, where that is waited for",
    Effect.gen(function* () {
      yield* hq.createProject(scoped({ 1: ["api", []], 2: ["ui", [1]], 3: ["api", []], 4: ["db", []], 5: ["ui", [4]] }))
      yield* hq.answer({ agent_id: "b", step_id: 4 })
      for (const where of [{ project: "p" }, {}]) {
        const { blocked_by } = yield* claim({ ...where, scopes: ["ui"] })
        assert.deepStrictEqual(
          blocked_by?.map(({ status, step_num }) => [step_num, status]),
          [
            [1, "not_started"],
            [4, "claimed"]
          ]
        )
      }
    })
  )

  test(
    "is what is held of the scopes, where nothing of them waits",
    Effect.gen(function* () {
      yield* hq.createProject(scoped({ 1: ["api", []], 2: ["ui", []] }))
      for (const by of ["b", "c"]) yield* hq.take(by)
      assert.deepStrictEqual(yield* inTheWay({ scopes: ["ui", "db"] }), [2])
    })
  )

  test(
    "is looked for in all active projects",
    Effect.gen(function* () {
      yield* hq.create("p", { 1: [], 2: [1] })
      yield* hq.create("q", { 1: [], 2: [1], 3: [2] })
      yield* hq.create("r", { 1: [], 2: [1], 3: [2], 4: [3] })
      for (const name of ["p", "q", "r"]) yield* hq.take("b", { project: name })
      yield* hq.updateProject({ name: "r", status: "paused" })
      const { blocked_by } = yield* claim()
      assert.deepStrictEqual(
        blocked_by?.map((step) => String(step.project)),
        ["q", "p"]
      )
    })
  )

  test(
    "is 10 steps at most, however many there are, and the answer is short",
    Effect.gen(function* () {
      const graph = range(1, 60).map((num) => [num, num <= 30 ? [] : [num - 30]] as const)
      for (const name of ["p", "q"]) yield* hq.create(name, Object.fromEntries(graph))
      yield* rows(`UPDATE $steps SET status = 'claimed', agent_id = printf('%.200c', 'a'), attempt = 1,
        claimed_at = '2026-01-18T10:30:00.000Z', lease_expires_at = '2026-01-18T10:45:00.000Z' WHERE step_num <= 30`)
      for (const where of [{ project: "p" }, {}]) {
        const answer = yield* claim(where)
        assert.deepStrictEqual(numbers(answer.blocked_by ?? []), range(1, 10))
        assert.isBelow(lineOf(answer).length, 10_000)
      }
    })
  )
})
