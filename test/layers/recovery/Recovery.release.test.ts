import { assert } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as TestClock from "effect/TestClock"
import { free, hq, refused } from "../../support/hq.ts"
import { rows } from "../../support/rows.ts"
import { suite } from "../../support/storages.ts"

suite("releasing a step that another holds", (test) => {
  test(
    "opens it without counting a lost attempt, and tells the next attempt why",
    Effect.gen(function* () {
      yield* hq.create("p", free(1))
      const { id } = yield* hq.takeAndStart("a")
      yield* TestClock.adjust("2 minutes")
      const released = yield* hq.releaseHeld({ step_id: id, agent_id: "human:ann", reason: "wrong branch" })
      assert.strictEqual(released.status, "not_started")
      assert.deepStrictEqual(yield* rows("SELECT lost_attempts FROM $steps"), [{ lost_attempts: 0 }])
      const { events } = yield* hq.events({ limit: 1 })
      assert.deepInclude(events[0] as object, { agent_id: "human:ann", event_type: "released" })
      const claimed = yield* hq.claim("b")
      assert.deepInclude(claimed?.previous_attempts?.[0] as object, {
        agent_id: "a",
        outcome: "released",
        notes: "wrong branch"
      })
      assert.deepInclude(yield* refused(hq.heartbeat({ step_id: id, agent_id: "a", attempt: 1 })), { _tag: "Conflict" })
    })
  )

  test(
    "leaves it to a holder that is alive, unless it is forced",
    Effect.gen(function* () {
      yield* hq.create("p", free(1))
      const { id } = yield* hq.take("a")
      yield* TestClock.adjust("59 seconds")
      assert.include((yield* refused(hq.releaseHeld({ step_id: id }))).message as string, "which is alive")
      assert.strictEqual((yield* hq.get(id)).status, "claimed")
      yield* hq.releaseHeld({ step_id: id, force: true })
      assert.deepInclude(yield* refused(hq.releaseHeld({ step_id: id })), { _tag: "Conflict", status: "not_started" })
    })
  )
})

suite("failed steps", (test) => {
  test(
    "are listed by number, those of the project alone",
    Effect.gen(function* () {
      yield* hq.create("p", free(4))
      yield* hq.create("q", free(1))
      for (const step_num of [3, 1]) yield* hq.failNext("a", { step_num })
      yield* hq.failNext("a", { project: "q" })
      yield* hq.take("a", { step_num: 2 })
      assert.deepStrictEqual(
        (yield* hq.failed("p")).map(({ step_num }) => step_num),
        [1, 3]
      )
      assert.deepInclude(yield* refused(hq.failed("none")), { _tag: "NotFound", key: "none" })
    })
  )
})
