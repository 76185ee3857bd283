import { assert, describe, it } from "@effect/vitest"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Layer from "effect/Layer"
import * as Scope from "effect/Scope"
import * as TestClock from "effect/TestClock"
import * as Sweeper from "../../../src/layers/recovery/Sweeper.ts"
import { Recovery } from "../../../src/services/Recovery.ts"
import type { SettingsValues } from "../../../src/services/Settings.ts"
import { type Fault, faults, noted } from "../../support/loops.ts"
import { settings } from "../../support/storages.ts"

const sweeper = (calls: Array<number>, changed: Partial<SettingsValues> = {}, fault?: Fault) => {
  const recovery = Recovery.of({ sweep: noted(calls, { recovered: 1, failed: 0 }, fault) } as never)
  return Sweeper.layer.pipe(Layer.provide(Layer.succeed(Recovery, recovery)), Layer.provide(settings(changed)))
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
})
