import { assert } from "@effect/vitest"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import { AgentId } from "../../../src/domain/Ids.ts"
import { Leases } from "../../../src/services/Leases.ts"
import { hq } from "../../support/hq.ts"
import { suite } from "../../support/storages.ts"
import { pass } from "../../support/waiting.ts"

/** The agent holds a step, and is at a call that takes that long. */
const atCall = (long: Duration.DurationInput) =>
  Effect.gen(function* () {
    yield* hq.create("p", { 1: [] })
    yield* hq.claim("a")
    const { keepAlive } = yield* Leases
    return yield* Effect.fork(
      Effect.scoped(Effect.zipRight(keepAlive({ agent_id: AgentId.make("a") }), Effect.sleep(long)))
    )
  })

const staleAfter = Duration.minutes(1)

suite("an agent that waits for an answer", (test) => {
  test(
    "an agent that waits for an answer keeps what it holds, for as long as it waits",
    Effect.gen(function* () {
      const call = yield* atCall("10 minutes")
      yield* pass("10 minutes", "10 seconds")
      yield* hq.sweep
      assert.strictEqual((yield* hq.get(1)).status, "claimed")
      yield* Fiber.join(call)
      yield* pass("61 seconds", "10 seconds")
      yield* hq.sweep
      assert.strictEqual((yield* hq.get(1)).status, "not_started")
    }),
    { staleAfter, heartbeatEvery: Duration.zero }
  )

  test(
    "and is believed longer than without a sign of life",
    Effect.gen(function* () {
      yield* atCall("10 minutes")
      yield* pass("9 minutes", "10 seconds")
      yield* hq.renew
      yield* pass("55 seconds", "5 seconds")
      yield* hq.sweep
      assert.strictEqual((yield* hq.get(1)).status, "claimed")
    }),
    { staleAfter, progressDeadline: Duration.seconds(90) }
  )

  test(
    "a call that is cancelled is no sign of life any more",
    Effect.gen(function* () {
      const call = yield* atCall("10 minutes")
      yield* Fiber.interrupt(call)
      yield* pass("61 seconds", "10 seconds")
      yield* hq.sweep
      assert.strictEqual((yield* hq.get(1)).status, "not_started")
    }),
    { staleAfter }
  )
})
