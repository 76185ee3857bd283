import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as TestClock from "effect/TestClock"
import type { Steps } from "../../src/services/Steps.ts"
import { rows } from "./coordination.ts"
import { hq, type Plain } from "./leases.ts"

type Request = Plain<Parameters<Steps["Type"]["claim"]>[0]>

/** Lets time pass, a little at a time, so that whatever it wakes gets to work meanwhile. */
export const pass = (duration: Duration.DurationInput, inPiecesOf: Duration.DurationInput = "10 millis") =>
  Effect.repeatN(
    TestClock.adjust(inPiecesOf),
    Math.ceil(Duration.toMillis(duration) / Duration.toMillis(inPiecesOf)) - 1
  )

/** Lets milliseconds pass until the fiber is done, and says how many. */
export const passUntilDone = (fiber: Fiber.Fiber<unknown, unknown>, atMost = 10_000): Effect.Effect<number> =>
  Effect.gen(function* () {
    for (let millis = 0; ; millis += 10) {
      if ((yield* Fiber.poll(fiber))._tag === "Some" || millis >= atMost) return millis
      yield* TestClock.adjust("10 millis")
    }
  })

/** A call of the agent's that waits for a step of project p, as far as it comes by itself. */
export const waiting = (agent_id: string, more: Partial<Request> = {}) =>
  Effect.zipLeft(Effect.fork(hq.answer({ project: "p", agent_id, wait_seconds: 50, ...more })), pass("100 millis"))

/** Who stands in line. */
export const inLine = (storage: { readonly prefix: string }) =>
  Effect.map(rows<{ agent_id: string }>(`SELECT agent_id FROM ${storage.prefix}claim_waiters ORDER BY id`), (found) =>
    found.map(({ agent_id }) => agent_id)
  )
