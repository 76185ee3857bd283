import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import { ClaimMemory } from "../../../../src/services/ClaimMemory.ts"
import { fields, hq } from "../../../support/hq.ts"
import { auditTrail } from "../../../support/rows.ts"
import { suite } from "../../../support/storages.ts"
import { blocked, complete, pass, passUntilDone, queued, waiting } from "../../../support/waiting.ts"
import { shared, watch } from "../../../support/watch.ts"

/** The call is interrupted while the claim that it makes is being committed. */
const cancelledAtCommit = <A, E, R>(call: Effect.Effect<A, E, R>) =>
  Effect.gen(function* () {
    let fiber: Fiber.RuntimeFiber<A, E> | undefined
    let sofar = ""
    yield* watch((statement) => {
      if (statement.includes("SET status = 'claimed'")) sofar = "tried"
      else if (statement.startsWith("INSERT INTO agent_events") && sofar === "tried") sofar = "claimed"
      else if (statement === "COMMIT") {
        if (sofar === "claimed" && fiber !== undefined) Effect.runFork(Fiber.interruptFork(fiber))
        sofar = ""
      }
      return undefined
    })
    // It hears of its interruption when it yields.
    fiber = yield* Effect.fork(Effect.withMaxOpsBeforeYield(call, 30))
    yield* passUntilDone(fiber)
    return yield* Fiber.await(fiber)
  })

const events = Effect.map(auditTrail, (all) =>
  all.map(({ agent_id, event_type, metadata, step_id }) => ({ agent_id, event_type, step_id, ...metadata }))
)

const givenBack = (agent_id: string, step_id: number, attempt: number) => [
  { agent_id, event_type: "claimed", step_id, attempt },
  {
    agent_id,
    event_type: "released",
    step_id,
    attempt,
    reason: "The call was cancelled before it was answered."
  }
]

describe("a claim that is cancelled before its agent is told", () => {
  it.scoped("is given back at once", () =>
    Effect.gen(function* () {
      yield* hq.create("p", { 1: [] })
      assert.isTrue(Exit.isInterrupted(yield* cancelledAtCommit(hq.claim("a"))))
      assert.deepInclude(fields(yield* hq.get(1)), { status: "not_started", attempt: 1 })
      assert.isFalse("agent_id" in (yield* hq.get(1)))
      assert.deepStrictEqual(yield* events, givenBack("a", 1, 1))
      assert.deepStrictEqual((yield* ClaimMemory).held(), [])
      assert.deepInclude(fields(yield* hq.claim("b")), { attempt: 2, agent_id: "b" })
    }).pipe(Effect.provide(shared()))
  )

  it.scoped("is kept where it has a request_id, for the agent to ask again", () =>
    Effect.gen(function* () {
      yield* hq.create("p", { 1: [] })
      assert.isTrue(Exit.isInterrupted(yield* cancelledAtCommit(hq.claim("a", { request_id: "r" }))))
      assert.deepInclude(fields(yield* hq.get(1)), { status: "claimed", agent_id: "a" })
      assert.deepInclude(fields(yield* hq.claim("a", { request_id: "r" })), { id: 1, attempt: 1 })
    }).pipe(Effect.provide(shared()))
  )

  it.scoped("is given back after a wait, too", () =>
    Effect.gen(function* () {
      yield* blocked(1)
      yield* Effect.forkScoped(Effect.zipRight(Effect.sleep("1 second"), complete))
      const call = hq.answer({ project: "p", agent_id: "a", wait_seconds: 50 })
      assert.isTrue(Exit.isInterrupted(yield* cancelledAtCommit(call)))
      assert.deepStrictEqual((yield* events).slice(-2), givenBack("a", 2, 1))
      assert.deepStrictEqual(yield* queued, [])
    }).pipe(Effect.provide(shared()))
  )

  it.scoped("changes nothing where it made no claim", () =>
    Effect.gen(function* () {
      yield* hq.create("p", { 1: [] })
      yield* watch((statement) => (statement === "BEGIN IMMEDIATE" ? "SQLITE_BUSY" : undefined))
      const call = yield* Effect.fork(hq.claim("a"))
      yield* pass("100 millis")
      yield* Fiber.interrupt(call)
      assert.deepInclude(fields(yield* hq.get(1)), { status: "not_started", attempt: 0 })
    }).pipe(Effect.provide(shared()))
  )

  it.scoped("is left to expire where the database is locked, and holds nobody up", () =>
    Effect.gen(function* () {
      yield* hq.create("p", { 1: [] })
      let commits = 0
      const cancelled = yield* Effect.fork(cancelledAtCommit(hq.claim("a")))
      yield* watch((statement) => {
        if (statement === "COMMIT") commits++
        return statement === "BEGIN IMMEDIATE" && commits > 0 ? "SQLITE_BUSY" : undefined
      })
      assert.isAtMost(yield* passUntilDone(cancelled), 500)
      assert.deepInclude(fields(yield* hq.get(1)), { status: "claimed", agent_id: "a" })
      assert.deepStrictEqual((yield* ClaimMemory).held(), [])
    }).pipe(Effect.provide(shared()))
  )
})

suite("a cancelled wait", (test) => {
  test(
    "a call that is cancelled while it waits leaves the queue",
    Effect.gen(function* () {
      yield* blocked(1)
      const calls = [yield* waiting("a"), yield* waiting("b", { step_num: 2 })]
      assert.deepStrictEqual(yield* queued, ["a"])
      const before = yield* auditTrail
      yield* Effect.forEach(calls, Fiber.interrupt)
      assert.deepStrictEqual(yield* queued, [])
      assert.deepStrictEqual(yield* auditTrail, before)
      yield* complete
      yield* pass("500 millis")
      assert.deepInclude(fields(yield* hq.get(2)), { status: "not_started", attempt: 0 })
    })
  )
})
