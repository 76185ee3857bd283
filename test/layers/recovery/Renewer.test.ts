import { assert, describe, it } from "@effect/vitest"
import * as Clock from "effect/Clock"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as Layer from "effect/Layer"
import * as Scope from "effect/Scope"
import * as TestClock from "effect/TestClock"
import type { StorageBusy } from "../../../src/domain/Errors.ts"
import { AgentId, StepId } from "../../../src/domain/Ids.ts"
import * as Renewer from "../../../src/layers/recovery/Renewer.ts"
import * as Sweeper from "../../../src/layers/recovery/Sweeper.ts"
import * as ClaimMemoryLayer from "../../../src/layers/session/ClaimMemory.ts"
import { timestamp } from "../../../src/layers/store/time.ts"
import { ClaimMemory } from "../../../src/services/ClaimMemory.ts"
import { Leases } from "../../../src/services/Leases.ts"
import type { SettingsValues } from "../../../src/services/Settings.ts"
import { movableClock } from "../../support/clocks.ts"
import { hq } from "../../support/hq.ts"
import { type Fault, faults, noted } from "../../support/loops.ts"
import { at, settings, suite } from "../../support/storages.ts"

const renewer = (
  calls: Array<number>,
  changed: Partial<SettingsValues> = {},
  {
    fault,
    endSession = Effect.void,
    memory = ClaimMemoryLayer.layer
  }: { fault?: Fault; endSession?: Effect.Effect<void, StorageBusy>; memory?: Layer.Layer<ClaimMemory> } = {}
) => {
  const leases = Leases.of({
    renew: noted(calls, undefined, fault),
    endSession,
    touch: () => Effect.void,
    keepAlive: () => Effect.void
  })
  return Renewer.layer.pipe(
    Layer.provide(Layer.merge(Layer.succeed(Leases, leases), memory)),
    Layer.provide(settings(changed))
  )
}

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

  it.scoped(
    "does not count time in which the process stood still, or its clock was set, as time without progress",
    () =>
      Effect.gen(function* () {
        const { clock, move, moveBack } = yield* movableClock
        const memory = yield* ClaimMemory
        const claim = { step_id: StepId.make(1), agent_id: AgentId.make("a"), attempt: 1, last_heartbeat: timestamp(0) }
        const silentFor = Effect.map(clock.currentTimeMillis, (now) => now - (memory.held()[0]?.progressAt ?? 0))
        memory.remember(claim, yield* clock.currentTimeMillis)
        const renewing = renewer([], {}, { memory: Layer.succeed(ClaimMemory, memory) })
        yield* Effect.withClock(Layer.build(renewing), clock)
        yield* TestClock.adjust("10 minutes")
        assert.strictEqual(yield* silentFor, 600_000)
        move("3 hours")
        yield* TestClock.adjust("1 minute")
        assert.isAtLeast(yield* silentFor, 600_000)
        assert.isAtMost(yield* silentFor, 660_000)
        moveBack("5 hours")
        yield* TestClock.adjust("1 minute")
        assert.isAtLeast(yield* silentFor, 600_000)
        assert.isAtMost(yield* silentFor, 720_000)
      }).pipe(Effect.provide(ClaimMemoryLayer.layer))
  )

  it.scoped("does not renew where HQ_HEARTBEAT_EVERY is 0, but still ends the session", () =>
    Effect.gen(function* () {
      const calls: Array<number> = []
      let shortened = 0
      const endSession = Effect.sync(() => {
        shortened += 1
      })
      yield* Effect.gen(function* () {
        yield* Layer.build(renewer(calls, { heartbeatEvery: Duration.zero }, { endSession }))
        yield* TestClock.adjust("1 hour")
        assert.deepStrictEqual([calls.length, shortened], [0, 0])
      }).pipe(Effect.scoped)
      assert.strictEqual(shortened, 1)
    })
  )

  for (const [name, endSession] of Object.entries({ ...faults, "wait without end": Effect.never })) {
    it.scoped(`ends within half a second where its end comes to a ${name}`, () =>
      Effect.gen(function* () {
        const scope = yield* Scope.make()
        yield* Scope.extend(Layer.build(renewer([], {}, { endSession })), scope)
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
    }),
    { sweepEvery: Duration.minutes(1) }
  )
})
