import { assert } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import * as TestClock from "effect/TestClock"
import { StepExplanation } from "../../../src/domain/answers/Explanations.ts"
import { lineOf, numbers } from "../../support/answers.ts"
import { hq } from "../../support/hq.ts"
import { rows, writesNothing } from "../../support/rows.ts"
import { suite } from "../../support/storages.ts"

/** Of the step with that id; what it gives is what its schema says. */
const explain = (id: number) =>
  Effect.tap(hq.explainStep(id), (found) =>
    Schema.decodeUnknownSync(StepExplanation, { onExcessProperty: "error" })(found)
  )

const since = "2026-01-18T10:30:00.000Z"
const later = "2026-01-18T10:45:00.000Z"

suite("explaining a step", (test) => {
  test(
    "that is ready says so",
    Effect.gen(function* () {
      yield* hq.create("p", { 1: [], 2: [1] })
      assert.deepStrictEqual<unknown>(yield* explain(1).pipe(writesNothing), {
        id: 1,
        step_num: 1,
        project: "p",
        branch: "step1/work",
        status: "not_started",
        ready: true,
        reason: "It is ready: nobody has claimed it.",
        next: "Call claim_step with step_id 1.",
        attempt: 0,
        waits_for: [],
        roots: []
      })
    })
  )

  test(
    "that is held tells by whom, since when and until when",
    Effect.gen(function* () {
      yield* TestClock.setTime(Date.parse(since))
      yield* hq.create("p", { 1: [] })
      yield* hq.takeAndStart("b")
      assert.deepInclude(yield* explain(1), {
        status: "in_progress",
        ready: false,
        attempt: 1,
        agent_id: "b",
        claimed_at: since,
        lease_expires_at: later,
        reason: `It is in_progress, held by agent "b" since ${since}, lease until ${later}, in attempt 1.`
      } as object)
      yield* TestClock.adjust("1 hour")
      assert.include((yield* explain(1)).next, "recover_step")
    })
  )

  test(
    "gives the chain that it waits for, the nearest first, and what must happen first",
    Effect.gen(function* () {
      yield* TestClock.setTime(Date.parse(since))
      // 6 waits for 4 and 5, these for 2 and 3, and 2 for 1; 3 is failed, 1 is held.
      yield* hq.create("p", { 1: [], 2: [1], 3: [], 4: [2, 3], 5: [3], 6: [4, 5], 7: [6] })
      yield* hq.take("b")
      yield* hq.failNext("c")
      const { reason, roots, waits_for, ...more } = yield* explain(6)
      assert.deepStrictEqual<unknown>(waits_for, [
        { step_id: 4, step_num: 4, status: "not_started", blocks: [6] },
        { step_id: 5, step_num: 5, status: "not_started", blocks: [6] },
        { step_id: 2, step_num: 2, status: "not_started", blocks: [4] },
        { step_id: 3, step_num: 3, status: "failed", agent_id: "c", claimed_at: since, blocks: [4, 5] },
        {
          step_id: 1,
          step_num: 1,
          status: "claimed",
          agent_id: "b",
          claimed_at: since,
          lease_expires_at: later,
          blocks: [2]
        }
      ])
      assert.deepStrictEqual(numbers(roots), [3, 1])
      assert.deepInclude(roots[1], { agent_id: "b", lease_expires_at: later } as object)
      assert.strictEqual(
        reason,
        `It waits for 5 steps. First: step 3 (id 3) failed; step 1 (id 1) is claimed, held by agent "b" since ${since}, lease until ${later}.`
      )
      assert.isFalse(more.ready)
      assert.include(more.next, "recover_failed_step for step id 3")
      assert.notProperty(more, "waits_for_more")
      assert.notProperty(more, "roots_more")
    })
  )

  test(
    "leaves out what is met: the completed, and where unblock_on is merged only the merged",
    Effect.gen(function* () {
      yield* hq.create("p", { 1: [], 2: [], 3: [1, 2] })
      yield* hq.finish("a")
      assert.deepStrictEqual(numbers((yield* explain(3)).waits_for), [2])
      yield* hq.updateProject({ name: "p", unblock_on: "merged" })
      const { next, roots, waits_for } = yield* explain(3)
      assert.deepStrictEqual(numbers(waits_for), [1, 2])
      assert.deepStrictEqual(numbers(roots), [1, 2])
      assert.include(next, "merge_step for step id 1")
      yield* hq.merge({ step_id: 1, merge_commit: "m" })
      assert.deepStrictEqual(numbers((yield* explain(3)).waits_for), [2])
    })
  )

  test(
    "of a paused project tells that, whatever else it waits for",
    Effect.gen(function* () {
      yield* hq.create("p", { 1: [], 2: [1] })
      yield* hq.updateProject({ name: "p", status: "paused" })
      for (const id of [1, 2]) {
        const { next, ready, reason } = yield* explain(id)
        assert.isFalse(ready)
        assert.include(reason, 'Project "p" is paused')
        assert.include(next, "update_project")
      }
    })
  )

  test(
    "of a circle, which only a person can make, comes to an end",
    Effect.gen(function* () {
      yield* hq.create("p", { 1: [], 2: [1], 3: [2] })
      yield* rows("INSERT INTO $dependencies VALUES (1, 3)")
      const { reason, roots, waits_for } = yield* explain(3)
      assert.deepStrictEqual(numbers(waits_for), [2, 1])
      assert.deepStrictEqual(roots, [])
      assert.include(reason, "circle")
    })
  )

  test(
    "that waits for itself, by a person's doing, is not ready",
    Effect.gen(function* () {
      yield* hq.create("p", { 1: [] })
      yield* rows("INSERT INTO $dependencies VALUES (1, 1)")
      const { ready, reason } = yield* explain(1)
      assert.isFalse(ready)
      assert.include(reason, "circle")
    })
  )

  test(
    "that does not exist is NotFound",
    Effect.gen(function* () {
      const error = yield* Effect.flip(explain(1))
      assert.deepInclude({ ...error } as object, { _tag: "NotFound", entity: "step", key: 1 })
    })
  )
})

const range = (from: number, to: number) => Array.from({ length: to - from + 1 }, (_, index) => from + index)

suite("explaining a step of a large plan", (test) => {
  /** Steps of a claim of all of them by agents with names as long as may be. */
  const holdAll = rows(`
    UPDATE $steps SET status = 'in_progress', attempt = 1, agent_id = printf('%.200c', 'a'),
      claimed_at = '${since}', lease_expires_at = '${later}'
    WHERE unmet_dependencies = 0`)

  test(
    "shows 50 of a chain, and finds its beginning",
    Effect.gen(function* () {
      yield* hq.create("p", Object.fromEntries(range(1, 150).map((num) => [num, num === 1 ? [] : [num - 1]])))
      yield* hq.take("b")
      const { roots, waits_for, waits_for_more } = yield* explain(150)
      assert.deepStrictEqual(numbers(waits_for), range(100, 149).toReversed())
      assert.strictEqual(waits_for_more, 99)
      assert.deepStrictEqual(numbers(roots), [1])
    })
  )

  test(
    "does not read a chain of 10,000 whole, and names what holds up most instead of its beginning",
    Effect.gen(function* () {
      const chain = range(1, 10_000).map((num) => [num, num === 1 ? [] : [num - 1]] as const)
      yield* hq.create("p", Object.fromEntries(chain))
      yield* hq.take("b")
      const { next, reason, roots, waits_for, waits_for_more } = yield* explain(10_000)
      assert.deepStrictEqual(numbers(waits_for), range(9950, 9999).toReversed())
      assert.strictEqual(waits_for_more, 150)
      assert.deepStrictEqual(roots, [])
      assert.include(reason, "at least 200 steps")
      assert.include(reason, 'step 1 (id 1) is claimed, held by agent "b"')
      assert.include(next, 'explain_step with project "p"')
      // What is further from the beginning than is followed in every way, but not in one way.
      const far = yield* explain(1500)
      assert.deepStrictEqual(numbers(far.roots), [1])
      assert.include(far.reason, "at least 200 steps. First: step 1 (id 1) is claimed")
    })
  )

  test(
    "stays under 20 KB, and counts what it leaves out",
    Effect.gen(function* () {
      const first = range(1, 3000)
      yield* hq.create("p", { ...Object.fromEntries(first.map((num) => [num, []])), 3001: first })
      yield* holdAll
      const found = yield* explain(3001)
      assert.isBelow(lineOf(found).length, 20_000)
      assert.isAtLeast(found.waits_for.length, 10)
      assert.strictEqual((found.waits_for_more ?? 0) + found.waits_for.length, 3000)
      assert.isAtLeast(found.roots.length, 5)
      assert.isAbove(found.roots_more ?? 0, 100)
    })
  )

  test(
    "stays under 20 KB where everything waits for everything before it",
    Effect.gen(function* () {
      yield* hq.create("p", Object.fromEntries(range(1, 200).map((num) => [num, range(1, num - 1)])))
      const found = yield* explain(200)
      assert.isBelow(lineOf(found).length, 20_000)
      assert.isAtLeast(found.waits_for.length, 20)
    })
  )
})
