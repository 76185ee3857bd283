import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import { StorageBusy } from "../../src/domain/Errors.ts"

/** What a call can come to, other than success. */
export const faults = {
  failure: new StorageBusy({ waited_ms: 1 }),
  defect: Effect.die(new Error("a bug")),
  interruption: Effect.interrupt
}

export type Fault = Effect.Effect<never, StorageBusy>

/** Notes when it is called, in milliseconds; the second call comes to the fault. */
export const noted = <A>(calls: Array<number>, answer: A, fault?: Fault): Effect.Effect<A, StorageBusy> =>
  Effect.flatMap(Clock.currentTimeMillis, (now) => {
    calls.push(now)
    return fault !== undefined && calls.length === 2 ? fault : Effect.succeed(answer)
  })
