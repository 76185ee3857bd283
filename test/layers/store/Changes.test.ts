import { assert, describe, it } from "@effect/vitest"
import * as Context from "effect/Context"
import * as Deferred from "effect/Deferred"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as Layer from "effect/Layer"
import * as Scope from "effect/Scope"
import { StorageBusy } from "../../../src/domain/Errors.ts"
import { type ChangeSignal, layer } from "../../../src/layers/store/Changes.ts"
import { Store } from "../../../src/layers/store/Store.ts"
import { Changes } from "../../../src/services/Changes.ts"
import { hq } from "../../support/hq.ts"
import { anotherProcess, suite } from "../../support/storages.ts"
import { pass, passUntilDone } from "../../support/waiting.ts"

/** A database that changes when the test says so, and counts how often it was looked at. */
const changing = (signal?: ChangeSignal) =>
  Effect.gen(function* () {
    const state = { version: 0, looks: 0, isLocked: false }
    const look = Effect.suspend(() => {
      state.looks++
      return state.isLocked
        ? new StorageBusy({ waited_ms: 1 })
        : Effect.succeed({ version: `${state.version}` } as unknown)
    })
    const db = Layer.succeed(Store, Store.of({ read: () => look } as never))
    const { watch, watchWithDelay } = Context.get(yield* Layer.build(Layer.provide(layer(signal), db)), Changes)
    /** How long after a change it is told of. */
    const timed = (changed: Effect.Effect<void>, change: Effect.Effect<unknown>) =>
      Effect.gen(function* () {
        const told = yield* Effect.fork(changed)
        yield* pass("10 millis")
        yield* change
        return yield* passUntilDone(told)
      })
    const write = Effect.sync(() => state.version++)
    return { state, watch, watchWithDelay, timed, write }
  })

/** Signals that the test gives. */
const signals = () => {
  let listening: Deferred.Deferred<void> | undefined
  const signal: ChangeSignal = Effect.map(
    Effect.acquireRelease(Deferred.make<void>(), () => Effect.void),
    (heard) => {
      listening = heard
      return Deferred.await(heard)
    }
  )
  return { signal, give: Effect.suspend(() => (listening ? Deferred.succeed(listening, undefined) : Effect.void)) }
}

/** What is told at the beginning is of what came before. */
const settled = (changed: Effect.Effect<void>) =>
  Effect.gen(function* () {
    yield* pass("2 seconds", "50 millis")
    yield* changed
    return changed
  })

describe("Changes, by polling alone", () => {
  it.scoped("reports a change within a tenth of a second, and none while there is none", () =>
    Effect.gen(function* () {
      const { timed, watch, write } = yield* changing()
      const changed = yield* settled(yield* watch)
      assert.isAtMost(yield* timed(changed, write), 100)
      const quiet = yield* Effect.fork(changed)
      yield* pass("10 seconds", "100 millis")
      assert.isTrue((yield* Fiber.poll(quiet))._tag === "None")
    })
  )

  it.scoped("does not miss what was written between two waits", () =>
    Effect.gen(function* () {
      const { watch, write } = yield* changing()
      const changed = yield* settled(yield* watch)
      yield* write
      yield* pass("2 seconds", "100 millis")
      yield* changed
    })
  )

  it.scoped("polls only while somebody watches, and then reports what was written meanwhile", () =>
    Effect.gen(function* () {
      const { state, watch, write } = yield* changing()
      yield* pass("2 seconds", "100 millis")
      assert.strictEqual(state.looks, 0)
      const scope = yield* Scope.make()
      yield* settled(yield* Scope.extend(watch, scope))
      yield* Scope.close(scope, Exit.void)
      yield* pass("200 millis")
      const { looks } = state
      yield* pass("2 seconds", "100 millis")
      assert.strictEqual(state.looks, looks)
      yield* write
      const changed = yield* Effect.fork(yield* watch)
      assert.isAtMost(yield* passUntilDone(changed), 100)
    })
  )

  it.scoped("continues when a poll fails", () =>
    Effect.gen(function* () {
      const { state, timed, watch, write } = yield* changing()
      const changed = yield* settled(yield* watch)
      state.isLocked = true
      yield* pass("2 seconds", "100 millis")
      state.isLocked = false
      assert.isAtMost(yield* timed(changed, write), 100)
    })
  )
})

describe("Changes, by signals", () => {
  it.scoped("polls soon after a signal, and otherwise once a second", () =>
    Effect.gen(function* () {
      const { give, signal } = signals()
      const { state, timed, watch, write } = yield* changing(signal)
      const changed = yield* settled(yield* watch)
      assert.isAtMost(yield* timed(changed, Effect.zipRight(give, write)), 50)
      const { looks } = state
      yield* pass("10 seconds", "100 millis")
      assert.isAtMost(state.looks - looks, 11)
    })
  )

  it.scoped("finds a commit that comes long after its signal", () =>
    Effect.gen(function* () {
      const { give, signal } = signals()
      const { timed, watch, write } = yield* changing(signal)
      const changed = yield* settled(yield* watch)
      yield* give
      yield* pass("200 millis")
      assert.isAtMost(yield* timed(changed, write), 250)
    })
  )

  it.scoped("polls at most ten times a second, however many signals there are", () =>
    Effect.gen(function* () {
      const { give, signal } = signals()
      const { state, watch, write } = yield* changing(signal)
      yield* settled(yield* watch)
      const { looks } = state
      yield* Effect.repeatN(Effect.zipRight(Effect.zipRight(write, give), pass("10 millis")), 199)
      assert.isAtMost(state.looks - looks, 26)
    })
  )

  it.scoped("notifies patient watchers later, and nobody else", () =>
    Effect.gen(function* () {
      const { give, signal } = signals()
      const { timed, watch, watchWithDelay, write } = yield* changing(signal)
      const changed = yield* settled(yield* watchWithDelay(() => Duration.millis(200)))
      assert.isAtLeast(yield* timed(changed, Effect.zipRight(give, write)), 200)
      yield* pass("1 second", "50 millis")
      const atOnce = yield* watch
      assert.isAtMost(yield* timed(atOnce, Effect.zipRight(give, write)), 50)
    })
  )

  it.scoped("polls if no hints come", () =>
    Effect.gen(function* () {
      const { timed, watch, write } = yield* changing(Effect.succeed(Effect.never))
      const changed = yield* settled(yield* watch)
      const times = yield* Effect.forEach(Array.from({ length: 6 }), () => timed(changed, write))
      assert.isAtMost(Math.max(...times), 2000)
      assert.isAtMost(times.at(-1) as number, 100)
    })
  )

  it.scoped("polls if it cannot listen for hints", () =>
    Effect.gen(function* () {
      const { timed, watch, write } = yield* changing(Effect.succeed(undefined))
      const changed = yield* settled(yield* watch)
      yield* pass("2 seconds", "100 millis")
      assert.isAtMost(yield* timed(changed, write), 100)
    })
  )
})

suite("Changes", (test) => {
  test(
    "changes are those of this process and of others, and no others",
    Effect.gen(function* () {
      yield* hq.create("p", { 1: [], 2: [] })
      const other = yield* anotherProcess
      const { watch } = yield* Changes
      const changed = yield* settled(yield* watch)
      yield* hq.claim("a")
      yield* pass("2100 millis", "50 millis")
      yield* changed
      yield* Effect.provide(hq.claim("b"), other)
      yield* pass("2100 millis", "50 millis")
      yield* changed
      const quiet = yield* Effect.fork(changed)
      yield* hq.get(1)
      yield* Effect.provide(hq.get(1), other)
      yield* pass("3 seconds", "50 millis")
      assert.isTrue((yield* Fiber.poll(quiet))._tag === "None")
    })
  )
})
