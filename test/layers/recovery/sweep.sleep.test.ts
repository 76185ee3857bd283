import { assert } from "@effect/vitest"
import * as Clock from "effect/Clock"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as TestClock from "effect/TestClock"
import type { Coordination } from "../../../src/layers/Coordination.ts"
import * as Sweeper from "../../../src/layers/recovery/Sweeper.ts"
import { Recovery } from "../../../src/services/Recovery.ts"
import { Session } from "../../../src/services/Session.ts"
import { movableClock } from "../../support/clocks.ts"
import { free, hq, refused } from "../../support/hq.ts"
import { rows } from "../../support/rows.ts"
import { anotherProcess, suite } from "../../support/storages.ts"

/* A machine that slept: every lease has ended, and whoever wakes first must not take what others hold. */

const minute = { sweepEvery: Duration.minutes(1) }

const sweep = Effect.flatMap(Recovery, (_) => _.sweep())

const statuses = Effect.map(rows<{ status: string }>("SELECT status FROM $steps ORDER BY id"), (found) =>
  found.map(({ status }) => status)
)

/** Sweeps go on for a while, and agent "a" holds step 1 through this process. Then the machine sleeps for an hour. */
const slept = Effect.gen(function* () {
  yield* hq.create("p", free(2))
  yield* sweep
  yield* TestClock.adjust("1 minute")
  yield* hq.claim("a")
  yield* sweep
  yield* TestClock.adjust("1 hour")
})

suite("a sweep after a sleep", (test) => {
  test(
    "takes nothing, and the holder that wakes a moment later keeps its step",
    Effect.gen(function* () {
      yield* slept
      assert.deepStrictEqual(yield* sweep, { recovered: 0, failed: 0, isSparing: true })
      // Nor does another process, which has just started.
      const other = yield* anotherProcess
      yield* TestClock.adjust("29 seconds")
      assert.deepStrictEqual(yield* Effect.provide(sweep, other), { recovered: 0, failed: 0, isSparing: true })
      yield* hq.touch({ agent_id: "a", step_id: 1 })
      yield* TestClock.adjust("1 second")
      assert.deepStrictEqual(yield* Effect.provide(sweep, other), { recovered: 0, failed: 0, isSparing: false })
      assert.deepStrictEqual(yield* statuses, ["claimed", "not_started"])
    }),
    minute
  )

  test(
    "takes nothing, whatever the sweep was about to do when the machine fell asleep",
    Effect.gen(function* () {
      const { clock, move, moveAtReading } = yield* movableClock
      const night = Effect.fnUntraced(function* (reading: number) {
        const session = yield* Session
        const tick = Effect.map(Clock.currentTimeMillis, session.tick)
        yield* hq.touch({ agent_id: "a", step_id: 1 })
        for (let interval = 1; interval <= 4; interval++) {
          move("30 seconds")
          yield* tick
          if (interval % 2 === 0) yield* sweep
        }
        const wake = moveAtReading(reading, "1 hour")
        const isWaking = Effect.map(Clock.currentTimeMillis, session.isWaking)
        yield* Effect.flatMap(Recovery, (_) => _.sweep({ isWaking }))
        assert.deepStrictEqual(yield* statuses, ["claimed"], `asleep at reading ${reading}`)
        return wake()
      })
      yield* Effect.gen(function* () {
        yield* hq.create("p", free(1))
        yield* hq.claim("a")
        let reading = 1
        while (yield* night(reading)) reading++
        assert.isAbove(reading, 4)
      }).pipe(Effect.withClock(clock))
    }),
    minute
  )

  test(
    "takes what is still expired one renewal interval later, and does not count that attempt as lost",
    Effect.gen(function* () {
      yield* slept
      yield* sweep
      yield* TestClock.adjust("30 seconds")
      assert.deepInclude(yield* sweep, { recovered: 1, isSparing: false })
      assert.deepStrictEqual(yield* rows("SELECT status, lost_attempts FROM $steps WHERE id = 1"), [
        { status: "not_started", lost_attempts: 0 }
      ])
      // One that is lost while sweeps go on counts.
      yield* hq.claim("a")
      for (let minutes = 0; minutes < 16; minutes++) {
        yield* TestClock.adjust("1 minute")
        yield* sweep
      }
      assert.deepStrictEqual(yield* rows("SELECT status, lost_attempts FROM $steps WHERE id = 1"), [
        { status: "not_started", lost_attempts: 1 }
      ])
    }),
    minute
  )

  test(
    "does not fail a step for attempts that were lost in sleep, however many",
    Effect.gen(function* () {
      yield* hq.create("p", free(1))
      for (let night = 1; night <= 4; night++) {
        yield* hq.claim("a")
        yield* TestClock.adjust("8 hours")
        yield* sweep
        yield* TestClock.adjust("30 seconds")
        assert.deepInclude(yield* sweep, { recovered: 1, failed: 0 })
      }
    }),
    minute
  )

  test(
    "does not spare claims of sessions that have ended",
    Effect.gen(function* () {
      yield* hq.create("p", free(2))
      const other = yield* anotherProcess
      yield* Effect.provide(hq.claim("gone"), other)
      yield* hq.claim("asleep")
      yield* Effect.provide(hq.endSession, other)
      yield* TestClock.adjust("1 hour")
      assert.deepStrictEqual(yield* sweep, { recovered: 1, failed: 0, isSparing: true })
      assert.deepStrictEqual(yield* statuses, ["not_started", "claimed"])
    }),
    minute
  )

  test(
    "of a process that has just started takes only claims of ended sessions, also if others have swept all the time",
    Effect.gen(function* () {
      yield* hq.create("p", free(1))
      yield* hq.claim("a")
      for (let minutes = 1; minutes < 15; minutes++) {
        yield* TestClock.adjust("1 minute")
        yield* sweep
      }
      yield* TestClock.adjust("1 minute")
      const waking = Effect.flatMap(Recovery, (_) => _.sweep({ isWaking: Effect.succeed(true) }))
      assert.deepStrictEqual(yield* waking, { recovered: 0, failed: 0, isSparing: true })
      assert.deepInclude(yield* sweep, { recovered: 1 })
    }),
    minute
  )

  test(
    "leaves a claim in its session: one that has just woken does not take another, by its name, for gone",
    Effect.gen(function* () {
      yield* hq.create("p", free(1))
      const once = { project: "p", agent_id: "a", request_id: "1" }
      yield* hq.answer(once)
      const { clock, move } = yield* movableClock
      const other = yield* Effect.withClock(anotherProcess, clock)
      const inOther = <A, E>(self: Effect.Effect<A, E, Coordination>) =>
        Effect.withClock(Effect.provide(self, other), clock)
      yield* Effect.withClock(Layer.build(Layer.provide(Sweeper.layer, Layer.succeedContext(other))), clock)
      yield* TestClock.adjust("1 minute")
      move("1 hour")
      const refusals = [
        yield* refused(inOther(hq.answer(once))),
        yield* refused(inOther(hq.start({ step_id: 1, agent_id: "a" })))
      ]
      for (const { message } of refusals) assert.include(message, "through another live session")
      yield* TestClock.adjust("30 seconds")
      assert.strictEqual((yield* inOther(hq.answer(once))).step?.id, 1)
    }),
    minute
  )

  test(
    "writes nothing as long as another process has swept a moment ago",
    Effect.gen(function* () {
      const other = yield* anotherProcess
      yield* sweep
      const record = yield* rows("SELECT * FROM $lease_sweeps")
      yield* TestClock.adjust("29 seconds")
      yield* Effect.provide(sweep, other)
      assert.deepStrictEqual(yield* rows("SELECT * FROM $lease_sweeps"), record)
      yield* TestClock.adjust("1 second")
      yield* Effect.provide(sweep, other)
      assert.notDeepEqual(yield* rows("SELECT * FROM $lease_sweeps"), record)
    }),
    minute
  )
})
