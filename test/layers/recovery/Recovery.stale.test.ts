import { assert } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as TestClock from "effect/TestClock"
import type { StepId } from "../../../src/domain/Ids.ts"
import { hq, pages } from "../../support/hq.ts"
import { rows } from "../../support/rows.ts"
import { suite } from "../../support/storages.ts"

suite("stale work", (test) => {
  const stale = (timeout_minutes?: number) =>
    Effect.map(hq.detectStale(timeout_minutes === undefined ? {} : { timeout_minutes }), (page) =>
      page.steps.map(({ step_num }) => step_num)
    )

  test(
    "is what has been silent for more than 15 minutes, claimed or in progress",
    Effect.gen(function* () {
      yield* hq.create("p", { 1: [], 2: [], 3: [] })
      yield* hq.take("a")
      yield* hq.takeAndStart("b")
      yield* TestClock.adjust("15 minutes")
      assert.deepStrictEqual(yield* stale(), [])
      yield* TestClock.adjust("1 millis")
      assert.deepStrictEqual(yield* stale(), [1, 2])
    })
  )

  test(
    "can be asked for by fractions of a minute, and by more than there is time",
    Effect.gen(function* () {
      yield* TestClock.setTime(Date.UTC(2026, 0, 18))
      yield* hq.create("p", { 1: [] })
      yield* hq.take("a")
      yield* TestClock.adjust("31 seconds")
      assert.deepStrictEqual(yield* stale(0.5), [1])
      assert.deepStrictEqual(yield* stale(Number.MIN_VALUE), [1])
      assert.deepStrictEqual(yield* stale(0.6), [])
      assert.deepStrictEqual(yield* stale(2 ** 53), [])
      assert.deepStrictEqual(yield* stale(Number.MAX_VALUE), [])
    })
  )

  test(
    "is no step that gave a sign of life, or that nobody holds",
    Effect.gen(function* () {
      yield* hq.create("p", { 1: [], 2: [], 3: [], 4: [], 5: [], 6: [] })
      const [beating, started, completed, failed, recovered] = yield* Effect.forEach([1, 2, 3, 4, 5], () =>
        hq.take("a")
      )
      const id = (step: typeof beating) => ({ step_id: step?.id as StepId })
      yield* hq.start(id(completed))
      yield* TestClock.adjust("10 minutes")
      yield* hq.heartbeat(id(beating))
      yield* hq.start(id(started))
      yield* hq.complete({ ...id(completed), commit_hash: "c" })
      yield* hq.fail({ ...id(failed), reason: "no disk" })
      yield* hq.recover(id(recovered))
      yield* TestClock.adjust("10 minutes")
      assert.deepStrictEqual(yield* stale(), [])
      yield* TestClock.adjust("6 minutes")
      assert.deepStrictEqual(yield* stale(), [1, 2])
    })
  )

  test(
    "has the most silent first, over all projects, page by page",
    Effect.gen(function* () {
      for (const name of ["p", "q"]) yield* hq.create(name, { 1: [], 2: [], 3: [] })
      for (const name of ["q", "p", "p", "q", "q"]) {
        yield* hq.take("a", { project: name })
        yield* TestClock.adjust("1 minute")
      }
      yield* hq.take("a")
      yield* rows(`UPDATE $steps SET last_heartbeat = (SELECT min(last_heartbeat) FROM $steps) WHERE step_num = 3`)
      yield* TestClock.adjust("1 hour")
      const expected = [3, 4, 6, 1, 2, 5]
      for (const limit of [1, 2, 4, 6, 7]) {
        const found = yield* pages(limit, hq.detectStale)
        assert.strictEqual(found.length, Math.ceil(6 / limit))
        assert.deepStrictEqual(
          found.flatMap((page) => page.steps.map(({ id }) => Number(id))),
          expected
        )
      }
    })
  )

  test(
    "shows who held it and since when",
    Effect.gen(function* () {
      yield* hq.create("p", { 1: [] })
      const step = yield* hq.take("a")
      yield* TestClock.adjust("1 day")
      const page = yield* hq.detectStale({})
      assert.deepStrictEqual({ ...page.steps[0] }, { ...step })
      assert.strictEqual(page.steps[0]?.agent_id, "a")
      assert.strictEqual((yield* hq.getProject({ name: "p" })).steps[0]?.status, "claimed")
    })
  )

  test(
    "what detect_stale_work has shown is recovered without force, until its agent is heard of again",
    Effect.gen(function* () {
      yield* hq.create("p", { 1: [], 2: [] })
      yield* hq.claim("a")
      yield* hq.claim("a")
      yield* TestClock.adjust("30 seconds")
      const shown = yield* hq.detectStale({ timeout_minutes: 0.25 })
      assert.deepStrictEqual(
        shown.steps.map(({ id }) => Number(id)),
        [1, 2]
      )
      yield* hq.heartbeat({ step_id: 2 })
      assert.strictEqual((yield* hq.recover({ step_id: 1 })).status, "not_started")
      assert.strictEqual((yield* Effect.flip(hq.recover({ step_id: 2 })))._tag, "Conflict")
    })
  )
})
