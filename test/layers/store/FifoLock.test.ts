import { assert, describe, it } from "@effect/vitest"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as FifoLock from "../../../src/layers/store/FifoLock.ts"

/** A fiber that holds the lock until it is told to end, and others that queue behind it. */
const scene = Effect.gen(function* () {
  const locked = FifoLock.withLock(FifoLock.make())
  const done: Array<string> = []
  const end = yield* Deferred.make<void>()
  const first = yield* Effect.fork(locked(Deferred.await(end)))
  yield* Effect.yieldNow()
  const queue = (name: string) =>
    Effect.zipLeft(Effect.fork(locked(Effect.sync(() => done.push(name)))), Effect.yieldNow())
  return { done, end: Deferred.succeed(end, undefined), first, locked, queue }
})

describe("FifoLock", () => {
  it.effect("is held by one fiber at a time, first come, first served", () =>
    Effect.gen(function* () {
      const { done, end, queue } = yield* scene
      const fibers = [yield* queue("a"), yield* queue("b"), yield* queue("c")]
      assert.deepStrictEqual(done, [])
      yield* end
      yield* Fiber.joinAll(fibers)
      assert.deepStrictEqual(done, ["a", "b", "c"])
    })
  )

  it.effect("skips a fiber that stopped waiting", () =>
    Effect.gen(function* () {
      const { done, end, queue } = yield* scene
      const [leaving, staying] = [yield* queue("leaving"), yield* queue("staying")]
      yield* Fiber.interrupt(leaving)
      yield* end
      yield* Fiber.join(staying)
      assert.deepStrictEqual(done, ["staying"])
    })
  )

  it.effect("is released by a holder that fails, dies or is interrupted", () =>
    Effect.gen(function* () {
      const { done, first, locked, queue } = yield* scene
      const next = yield* queue("next")
      yield* Fiber.interrupt(first)
      yield* Fiber.join(next)
      yield* Effect.exit(locked(Effect.fail("no")))
      yield* Effect.exit(locked(Effect.die("no")))
      yield* locked(Effect.sync(() => done.push("last")))
      assert.deepStrictEqual(done, ["next", "last"])
    })
  )
})
