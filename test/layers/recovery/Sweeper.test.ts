import { assert, describe, it } from "@effect/vitest"
import * as Clock from "effect/Clock"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as Layer from "effect/Layer"
import * as Scope from "effect/Scope"
import * as TestClock from "effect/TestClock"
import { StorageBusy } from "../../../src/domain/Errors.ts"
import * as Renewer from "../../../src/layers/recovery/Renewer.ts"
import * as Sweeper from "../../../src/layers/recovery/Sweeper.ts"
import { Leases } from "../../../src/services/Leases.ts"
import { Recovery } from "../../../src/services/Recovery.ts"
import type { SettingsValues } from "../../../src/services/Settings.ts"
import { hq } from "../../support/hq.ts"
import { at, settings, suite } from "../../support/storages.ts"

/** What a call can come to, other than success. */
const faults = {
  failure: new StorageBusy({ waited_ms: 1 }),
  defect: Effect.die(new Error("a bug")),
  interruption: Effect.interrupt
}

type Fault = Effect.Effect<never, StorageBusy>

/** Notes when it is called, in milliseconds; the second call comes to the fault. */
const noted = <A>(calls: Array<number>, answer: A, fault?: Fault): Effect.Effect<A, StorageBusy> =>
  Effect.flatMap(Clock.currentTimeMillis, (now) => {
    calls.push(now)
    return fault !== undefined && calls.length === 2 ? fault : Effect.succeed(answer)
  })

const sweeper = (calls: Array<number>, changed: Partial<SettingsValues> = {}, fault?: Fault) => {
  const recovery = Recovery.of({ sweep: noted(calls, { recovered: 1, failed: 0 }, fault) } as never)
  return Sweeper.layer.pipe(Layer.provide(Layer.succeed(Recovery, recovery)), Layer.provide(settings(changed)))
}

const renewer = (
  calls: Array<number>,
  changed: Partial<SettingsValues> = {},
  { fault, shorten = Effect.void }: { fault?: Fault; shorten?: Effect.Effect<void, StorageBusy> } = {}
) => {
  const leases = Leases.of({
    renew: noted(calls, undefined, fault),
    shorten,
    touch: () => Effect.void,
    keepAlive: () => Effect.void
  })
  return Renewer.layer.pipe(Layer.provide(Layer.succeed(Leases, leases)), Layer.provide(settings(changed)))
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

describe("Renewer", () => {
  it.scoped("renews on schedule, and goes on after a renewal that came to nothing", () =>
    Effect.gen(function* () {
      for (const fault of [undefined, ...Object.values(faults)]) {
        const calls: Array<number> = []
        yield* Effect.gen(function* () {
          const start = yield* Clock.currentTimeMillis
          yield* Layer.build(renewer(calls, {}, fault === undefined ? {} : { fault }))
          yield* TestClock.adjust("2 minutes")
          assert.deepStrictEqual(
            calls.map((call) => call - start),
            [30_000, 60_000, 90_000, 120_000]
          )
        }).pipe(Effect.scoped)
        yield* TestClock.adjust("1 hour")
        assert.lengthOf(calls, 4)
      }
    })
  )

  it.scoped("does not renew where HQ_HEARTBEAT_EVERY is 0, but still shortens at the end", () =>
    Effect.gen(function* () {
      const calls: Array<number> = []
      let shortened = 0
      const shorten = Effect.sync(() => {
        shortened += 1
      })
      yield* Effect.gen(function* () {
        yield* Layer.build(renewer(calls, { heartbeatEvery: Duration.zero }, { shorten }))
        yield* TestClock.adjust("1 hour")
        assert.deepStrictEqual([calls.length, shortened], [0, 0])
      }).pipe(Effect.scoped)
      assert.strictEqual(shortened, 1)
    })
  )

  for (const [name, shorten] of Object.entries({ ...faults, "wait without end": Effect.never })) {
    it.scoped(`ends within half a second where shortening comes to a ${name}`, () =>
      Effect.gen(function* () {
        const scope = yield* Scope.make()
        yield* Scope.extend(Layer.build(renewer([], {}, { shorten })), scope)
        const closing = yield* Effect.fork(Scope.close(scope, Exit.void))
        yield* TestClock.adjust("500 millis")
        assert.isTrue(Exit.isSuccess(yield* Fiber.await(closing)))
      })
    )
  }
})

suite("sweeper and renewer", (test) => {
  test(
    "a server that runs keeps its agents' steps; when its client is gone, the sweep of another gives them to others",
    Effect.gen(function* () {
      yield* hq.create("p", { 1: [] })
      yield* hq.claim("a")
      const server = yield* Scope.make()
      yield* Scope.extend(Layer.build(Renewer.layer), server)
      yield* Layer.build(Sweeper.layer)
      yield* TestClock.adjust("1 hour")
      assert.strictEqual((yield* hq.get(1)).lease_expires_at as string, at("75 minutes"))
      yield* Scope.close(server, Exit.void)
      assert.strictEqual((yield* hq.get(1)).lease_expires_at as string, at("62 minutes"))
      yield* TestClock.adjust("119 seconds")
      assert.strictEqual((yield* hq.get(1)).status, "claimed")
      yield* TestClock.adjust("61 seconds")
      assert.deepInclude(yield* hq.claim("b"), { attempt: 2 })
    })
  )
})
