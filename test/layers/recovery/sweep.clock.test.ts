import { assert } from "@effect/vitest"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as TestClock from "effect/TestClock"
import type { Coordination } from "../../../src/layers/Coordination.ts"
import { Recovery } from "../../../src/services/Recovery.ts"
import { movableClock } from "../../support/clocks.ts"
import { free, hq } from "../../support/hq.ts"
import { rows } from "../../support/rows.ts"
import { anotherProcess, at, suite } from "../../support/storages.ts"

/* Clocks of processes that do not agree, and clocks that are set. */

const minute = { sweepEvery: Duration.minutes(1) }

const sweep = Effect.flatMap(Recovery, (_) => _.sweep())

/** Another process, whose clock can be moved. */
const otherWithClock = Effect.gen(function* () {
  const { clock, ...machine } = yield* movableClock
  const process = yield* Effect.withClock(anotherProcess, clock)
  const inIt = <A, E>(self: Effect.Effect<A, E, Coordination>) => Effect.withClock(Effect.provide(self, process), clock)
  return { inIt, ...machine }
})

/** So many minutes pass, in which this process's claims are renewed and both processes sweep. */
const pass = (minutes: number, inOther: <A, E>(self: Effect.Effect<A, E, Coordination>) => Effect.Effect<A, E>) =>
  Effect.gen(function* () {
    const taken = { here: 0, there: 0 }
    for (let half = 0; half < 2 * minutes; half++) {
      yield* TestClock.adjust("30 seconds")
      yield* hq.renew
      yield* hq.touch({ agent_id: "a" })
      taken.here += (yield* sweep).recovered
      taken.there += (yield* inOther(sweep)).recovered
    }
    return taken
  })

suite("a sweep with clocks that do not agree", (test) => {
  for (const [which, move] of [
    ["ahead of", "move"],
    ["behind", "moveBack"]
  ] as const) {
    for (const hours of [1, 24 * 365 * 75]) {
      test(
        `of a process ${hours} hours ${which} the others takes nobody's step, however long they work`,
        Effect.gen(function* () {
          yield* hq.create("p", free(1))
          yield* hq.claim("a")
          const other = yield* otherWithClock
          other[move](Duration.hours(hours))
          assert.deepStrictEqual(yield* pass(40, other.inIt), { here: 0, there: 0 })
          assert.strictEqual((yield* hq.get(1)).attempt, 1)
          assert.strictEqual((yield* hq.get(1)).status, "claimed")
        }),
        minute
      )
    }
  }

  for (const hours of [1, 24 * 365]) {
    test(
      `takes no step of a living agent whose clock is ${hours} hours behind, and takes it when that one is dead`,
      Effect.gen(function* () {
        yield* hq.create("p", free(2))
        const other = yield* otherWithClock
        other.moveBack(Duration.hours(hours))
        yield* other.inIt(hq.claim("a"))
        // A third, with which the one that sweeps agrees.
        const third = yield* otherWithClock
        yield* third.inIt(hq.claim("b"))
        const again = Effect.flatMap(Recovery, (_) => _.sweep({ isWaking: Effect.succeed(false) }))
        const halves = (count: number, each: Effect.Effect<unknown, unknown, Coordination>) =>
          Effect.gen(function* () {
            let recovered = 0
            for (let half = 0; half < count; half++) {
              recovered += (yield* again).recovered
              yield* TestClock.adjust("30 seconds")
              yield* each
            }
            return recovered
          })
        assert.strictEqual(yield* halves(80, Effect.zipRight(other.inIt(hq.renew), third.inIt(hq.renew))), 0)
        assert.strictEqual((yield* hq.get(1)).status, "claimed")
        assert.strictEqual(yield* halves(6, third.inIt(hq.renew)), 1)
        assert.strictEqual((yield* hq.get(1)).status, "not_started")
      }),
      minute
    )
  }

  test(
    "of a process whose clock is wrong takes the steps of the dead, once none of the others lives",
    Effect.gen(function* () {
      yield* hq.create("p", free(1))
      yield* hq.claim("a")
      const other = yield* otherWithClock
      other.move("1 hour")
      yield* pass(5, other.inIt)
      let recovered = 0
      for (let minutes = 0; minutes < 20; minutes++) {
        yield* TestClock.adjust("1 minute")
        recovered += (yield* other.inIt(sweep)).recovered
      }
      assert.strictEqual(recovered, 1)
    }),
    minute
  )

  test(
    "brings back a lease of the year 2100 whose holder was heard again by a clock that is right",
    Effect.gen(function* () {
      yield* hq.create("p", free(1))
      const other = yield* otherWithClock
      yield* other.inIt(hq.claim("a"))
      other.move(Duration.days(365 * 75))
      yield* other.inIt(hq.heartbeat({ step_id: 1, agent_id: "a" }))
      other.moveBack(Duration.days(365 * 75))
      yield* TestClock.adjust("1 minute")
      yield* other.inIt(hq.renew)
      yield* sweep
      yield* TestClock.adjust("1 minute")
      yield* sweep
      assert.strictEqual((yield* hq.get(1)).lease_expires_at, at("17 minutes"))
    }),
    minute
  )

  test(
    "brings back a lease that was given by a clock of the year 2100",
    Effect.gen(function* () {
      yield* hq.create("p", free(1))
      const other = yield* otherWithClock
      other.move(Duration.days(365 * 75))
      yield* other.inIt(hq.claim("a"))
      yield* sweep
      yield* TestClock.adjust("1 minute")
      yield* sweep
      assert.strictEqual((yield* hq.get(1)).lease_expires_at, at("16 minutes"))
      for (let minutes = 0; minutes < 15; minutes++) {
        yield* TestClock.adjust("1 minute")
        yield* sweep
      }
      assert.strictEqual((yield* hq.get(1)).status, "not_started")
      // Its session is gone, too.
      assert.deepStrictEqual(yield* rows(`SELECT 1 FROM $agent_sessions WHERE last_seen_at > '${at("1 day")}'`), [])
    }),
    minute
  )
})
