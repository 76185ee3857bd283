import { assert, describe, it } from "@effect/vitest"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Turns from "../../../src/layers/store/FifoLock.ts"

/** Somebody who has the turn until told to end, and others in line behind. */
const scene = Effect.gen(function* () {
  const inTurn = Turns.inTurn(Turns.make())
  const done: Array<string> = []
  const end = yield* Deferred.make<void>()
  const first = yield* Effect.fork(inTurn(Deferred.await(end)))
  yield* Effect.yieldNow()
  const queue = (name: string) =>
    Effect.zipLeft(Effect.fork(inTurn(Effect.sync(() => done.push(name)))), Effect.yieldNow())
  return { done, end: Deferred.succeed(end, undefined), first, inTurn, queue }
})

describe("turns", () => {
  it.effect("come one at a time, first come, first served", () =>
    Effect.gen(function* () {
      const { done, end, queue } = yield* scene
      const fibers = [yield* queue("a"), yield* queue("b"), yield* queue("c")]
      assert.deepStrictEqual(done, [])
      yield* end
      yield* Fiber.joinAll(fibers)
      assert.deepStrictEqual(done, ["a", "b", "c"])
    })
  )

  it.effect("pass over whoever stopped waiting", () =>
    Effect.gen(function* () {
      const { done, end, queue } = yield* scene
      const [leaving, staying] = [yield* queue("leaving"), yield* queue("staying")]
      yield* Fiber.interrupt(leaving)
      yield* end
      yield* Fiber.join(staying)
      assert.deepStrictEqual(done, ["staying"])
    })
  )

  it.effect("are handed on by whoever fails, dies or is interrupted in its own", () =>
    Effect.gen(function* () {
      const { done, first, inTurn, queue } = yield* scene
      const next = yield* queue("next")
      yield* Fiber.interrupt(first)
      yield* Fiber.join(next)
      yield* Effect.exit(inTurn(Effect.fail("no")))
      yield* Effect.exit(inTurn(Effect.die("no")))
      yield* inTurn(Effect.sync(() => done.push("last")))
      assert.deepStrictEqual(done, ["next", "last"])
    })
  )
})
