import { assert, describe, it } from "@effect/vitest"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Layer from "effect/Layer"
import * as Scope from "effect/Scope"
import * as TestClock from "effect/TestClock"
import * as Sweeper from "../../../src/layers/recovery/Sweeper.ts"
import * as SessionLayer from "../../../src/layers/session/Session.ts"
import { Recovery, type SweepOptions } from "../../../src/services/Recovery.ts"
import type { SettingsValues } from "../../../src/services/Settings.ts"
import { movableClock } from "../../support/clocks.ts"
import { type Fault, faults, noted } from "../../support/loops.ts"
import { settings } from "../../support/storages.ts"

const session = SessionLayer.layer({ id: "s", host: "h", pid: 1 })

const sweeper = (calls: Array<number>, changed: Partial<SettingsValues> = {}, fault?: Fault) => {
  const sweep = noted(calls, { recovered: 1, failed: 0, isSparing: false }, fault)
  const recovery = Recovery.of({ sweep: () => sweep } as never)
  return Sweeper.layer.pipe(
    Layer.provide(Layer.succeed(Recovery, recovery)),
    Layer.provide(session),
    Layer.provide(settings({ sweepEvery: Duration.minutes(1), ...changed }))
  )
}

/** Sweeps with the machine's clock, and notes for each whether the process had just started or woken. */
const noting = (waking: Array<boolean>, changed: Partial<SettingsValues> = {}) => {
  const sweep = ({ isWaking = Effect.succeed(false) }: SweepOptions = {}) =>
    Effect.map(isWaking, (isWaking) => {
      waking.push(isWaking)
      return { recovered: 0, failed: 0, isSparing: isWaking }
    })
  return Sweeper.layer.pipe(
    Layer.provide(Layer.succeed(Recovery, Recovery.of({ sweep } as never))),
    Layer.provide(session),
    Layer.provide(settings({ sweepEvery: Duration.minutes(1), ...changed }))
  )
}

const gaps = (calls: ReadonlyArray<number>) => calls.slice(1).map((call, index) => call - (calls[index] as number))

describe("Sweeper", () => {
  it.scoped("sweeps shortly after start, then on schedule, a little off the beat", () =>
    Effect.gen(function* () {
      const calls: Array<number> = []
      yield* Layer.build(sweeper(calls))
      yield* TestClock.adjust("499 millis")
      assert.lengthOf(calls, 0)
      yield* TestClock.adjust("501 millis")
      assert.lengthOf(calls, 1)
      yield* TestClock.adjust("10 minutes")
      assert.isAtLeast(calls.length, 11)
      for (const gap of gaps(calls)) {
        assert.isAtLeast(gap, 48_000)
        assert.isAtMost(gap, 60_000)
      }
      assert.isAbove(new Set(gaps(calls)).size, 1)
    })
  )

  it.scoped("sweeps first within the time between two sweeps, where that is shorter", () =>
    Effect.gen(function* () {
      const calls: Array<number> = []
      yield* Layer.build(sweeper(calls, { sweepEvery: Duration.millis(100) }))
      yield* TestClock.adjust("100 millis")
      assert.isAtLeast(calls.length, 1)
      yield* TestClock.adjust("900 millis")
      assert.isAtLeast(calls.length, 10)
    })
  )

  for (const [name, fault] of Object.entries(faults)) {
    it.scoped(`goes on after a sweep that came to a ${name}`, () =>
      Effect.gen(function* () {
        const calls: Array<number> = []
        yield* Layer.build(sweeper(calls, {}, fault))
        yield* TestClock.adjust("5 minutes")
        assert.isAtLeast(calls.length, 6)
        for (const gap of gaps(calls)) assert.isAtMost(gap, 60_000)
      })
    )
  }

  it.scoped("does not sweep where HQ_SWEEP_EVERY is 0", () =>
    Effect.gen(function* () {
      const calls: Array<number> = []
      yield* Layer.build(sweeper(calls, { sweepEvery: Duration.zero }))
      yield* TestClock.adjust("1 day")
      assert.lengthOf(calls, 0)
    })
  )

  it.scoped("ends with its scope", () =>
    Effect.gen(function* () {
      const calls: Array<number> = []
      const scope = yield* Scope.make()
      yield* Scope.extend(Layer.build(sweeper(calls)), scope)
      yield* TestClock.adjust("1 second")
      yield* Scope.close(scope, Exit.void)
      yield* TestClock.adjust("1 day")
      assert.lengthOf(calls, 1)
    })
  )

  it.scoped("tells that its process has just started, for one renewal interval, and sweeps again then", () =>
    Effect.gen(function* () {
      const waking: Array<boolean> = []
      yield* Layer.build(noting(waking))
      yield* TestClock.adjust("1 second")
      assert.deepStrictEqual(waking, [true])
      yield* TestClock.adjust("40 seconds")
      assert.deepStrictEqual(waking, [true, false])
    })
  )

  it.scoped("tells that its process has woken, however long it slept", () =>
    Effect.gen(function* () {
      const waking: Array<boolean> = []
      const machine = yield* movableClock
      yield* Effect.withClock(Layer.build(noting(waking, { sweepEvery: Duration.seconds(10) })), machine.clock)
      yield* TestClock.adjust("10 minutes")
      assert.isFalse(waking.at(-1))
      for (const slept of ["61 seconds", "20 minutes", "8 hours"] as const) {
        waking.length = 0
        machine.move(slept)
        yield* TestClock.adjust("29 seconds")
        assert.isAtLeast(waking.length, 2)
        assert.isTrue(waking.every((isWaking) => isWaking))
        yield* TestClock.adjust("1 minute")
        assert.isFalse(waking.at(-1))
      }
    })
  )
})
