import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Option from "effect/Option"
import * as TestClock from "effect/TestClock"
import type { ClaimStep } from "../../src/domain/Requests.ts"
import type { Steps } from "../../src/services/Steps.ts"
import { hq, type Plain } from "./hq.ts"
import { rows } from "./rows.ts"

type Request = { readonly [K in keyof ClaimStep]: Plain<ClaimStep>[K] | undefined }

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

/** Lets time pass until the effect is done, because two connections of one test wait for each other's locks. */
export const driven = <A, E, R>(effect: Effect.Effect<A, E, R>) =>
  Effect.gen(function* () {
    const fiber = yield* Effect.fork(effect)
    while (Option.isNone(yield* Fiber.poll(fiber))) yield* TestClock.adjust("5 millis")
    return yield* Fiber.join(fiber)
  })

/** Step 1 of project p is at work, in step with `worker`; the others wait for it. */
export const blocked = (others: number) =>
  Effect.gen(function* () {
    const steps = Array.from({ length: others + 1 }, (_, at) => [at + 1, at === 0 ? [] : [1]] as const)
    yield* hq.create("p", Object.fromEntries(steps))
    yield* hq.claim("worker")
    yield* hq.start({ step_id: 1, agent_id: "worker" })
  })

/** Frees the steps that are blocked. */
export const complete = hq.complete({ step_id: 1, agent_id: "worker", commit_hash: "c" })

/** The same from another session, which must give the attempt. */
export const completeProven = hq.complete({ step_id: 1, agent_id: "worker", attempt: 1, commit_hash: "c" })

type Options = Parameters<Steps["Type"]["claim"]>[1]

/** A call of the agent's that waits for a step of project p, as far as it comes by itself. */
export const waiting = (agent_id: string, more: Partial<Request> = {}, options: Options = {}) =>
  Effect.suspend(() => {
    const request = { project: "p", agent_id, wait_seconds: 50, ...more }
    const call = hq.answer(JSON.parse(JSON.stringify(request)), options)
    return Effect.zipLeft(Effect.fork(call), pass("100 millis"))
  })

export const isWaiting = (call: Fiber.Fiber<unknown, unknown>): Effect.Effect<boolean> =>
  Effect.map(Fiber.poll(call), (exit) => exit._tag === "None")

/** The number of the step that the call comes to have, if any. */
export const stepOf = <E>(call: Fiber.Fiber<{ readonly step: { readonly step_num: number } | null }, E>) =>
  Effect.map(Fiber.join(call), ({ step }) => step?.step_num)

/** The agents in the queue, the first of them first. */
export const queued = Effect.map(
  rows<{ agent_id: string }>("SELECT agent_id FROM $claim_waiters ORDER BY id"),
  (found) => found.map(({ agent_id }) => agent_id)
)
