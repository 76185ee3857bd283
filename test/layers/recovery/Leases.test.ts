import { assert } from "@effect/vitest"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as TestClock from "effect/TestClock"
import { ClaimMemory } from "../../../src/services/ClaimMemory.ts"
import { hq } from "../../support/hq.ts"
import { rows } from "../../support/rows.ts"
import { anotherProcess, at, suite } from "../../support/storages.ts"

const leaseOf = (step_id: number) => Effect.map(hq.get(step_id), (step) => String(step.lease_expires_at))
const held = Effect.map(ClaimMemory, (claims) => claims.held().map(({ step_id }) => Number(step_id)))

/** Agent "a" holds steps 1 and 2 through this process, "b" holds step 3. */
const twoAgents = Effect.gen(function* () {
  yield* hq.create("p", { 1: [], 2: [], 3: [] })
  yield* hq.claim("a")
  yield* hq.claim("a")
  yield* hq.claim("b")
  yield* TestClock.adjust("1 minute")
})

const leases = Effect.forEach([1, 2, 3], leaseOf)
const [unchanged, renewed] = [at("15 minutes"), at("16 minutes")]

suite("leases", (test) => {
  for (const [name, call, touched] of [
    ["an agent's call, which names it", { agent_id: "a" }, [renewed, renewed, unchanged]],
    ["a call of one agent on another's step", { agent_id: "b", step_id: 1 }, [unchanged, unchanged, renewed]],
    [
      "a call on a step that does not say which of two agents it is of",
      { step_id: 1 },
      [unchanged, unchanged, unchanged]
    ],
    ["a call that tells nothing, of one of two agents,", {}, [unchanged, unchanged, unchanged]],
    ["a call on a step that nobody claimed here", { step_id: 99 }, [unchanged, unchanged, unchanged]],
    ["a call of an agent that holds nothing", { agent_id: "c" }, [unchanged, unchanged, unchanged]]
  ] as const) {
    test(
      `${name} renews ${touched.includes(renewed) ? "all that this agent holds" : "nothing"}`,
      Effect.gen(function* () {
        yield* twoAgents
        yield* hq.touch(call)
        assert.deepStrictEqual(yield* leases, [...touched])
      })
    )
  }

  test(
    "a call that tells nothing is the agent's that alone has claimed through the session, and nobody's once another has",
    Effect.gen(function* () {
      yield* hq.create("p", { 1: [], 2: [] })
      yield* hq.claim("a")
      yield* TestClock.adjust("1 minute")
      yield* hq.touch({})
      assert.strictEqual(yield* leaseOf(1), renewed)
      yield* hq.claim("b")
      yield* hq.release({ step_id: 2, agent_id: "b" })
      yield* TestClock.adjust("1 minute")
      yield* hq.touch({})
      assert.strictEqual(yield* leaseOf(1), renewed)
    })
  )

  test(
    "a sibling's calls under the same name keep a dead agent's step no longer than HQ_PROGRESS_DEADLINE",
    Effect.gen(function* () {
      yield* hq.create("p", { 1: [], 2: [] })
      yield* hq.claim("a")
      yield* hq.claim("a")
      for (let minutes = 0; minutes < 35; minutes += 5) {
        yield* hq.heartbeat({ step_id: 2, agent_id: "a" })
        yield* hq.touch({ agent_id: "a", step_id: 2 })
        yield* hq.renew
        yield* TestClock.adjust("5 minutes")
      }
      assert.deepStrictEqual(yield* hq.sweep, { recovered: 1, failed: 0 })
      assert.deepStrictEqual([(yield* hq.get(1)).status, (yield* hq.get(2)).status], ["not_started", "claimed"])
    }),
    { progressDeadline: Duration.minutes(30) }
  )

  test(
    "an agent's call does not renew what an agent of that name holds through another process, which may be dead",
    Effect.gen(function* () {
      yield* twoAgents
      const before = yield* leases
      yield* Effect.provide(hq.touch({ agent_id: "a" }), yield* anotherProcess)
      assert.deepStrictEqual(yield* leases, before)
    })
  )

  test(
    "calls within a second renew once",
    Effect.gen(function* () {
      yield* twoAgents
      yield* hq.touch({ agent_id: "a" })
      yield* TestClock.adjust("999 millis")
      yield* hq.touch({ agent_id: "a" })
      assert.strictEqual(yield* leaseOf(1), renewed)
      yield* TestClock.adjust("1 millis")
      yield* hq.touch({ agent_id: "a" })
      assert.strictEqual(yield* leaseOf(1), at("961 seconds"))
    })
  )

  test(
    "short leases are renewed by calls closer to each other",
    Effect.gen(function* () {
      yield* hq.create("p", { 1: [] })
      yield* hq.claim("a")
      yield* TestClock.adjust("99 millis")
      yield* hq.touch({ agent_id: "a" })
      assert.strictEqual(yield* leaseOf(1), at("1 second"))
      yield* TestClock.adjust("1 millis")
      yield* hq.touch({ agent_id: "a" })
      assert.strictEqual(yield* leaseOf(1), at("1100 millis"))
    }),
    { staleAfter: Duration.seconds(1) }
  )

  test(
    "neither a call nor a renewal makes a lease shorter",
    Effect.gen(function* () {
      yield* twoAgents
      yield* rows(`UPDATE $steps SET lease_expires_at = '${at("1 day")}'`)
      yield* hq.touch({ agent_id: "a" })
      yield* hq.renew
      assert.deepStrictEqual(yield* leases, [at("1 day"), at("1 day"), at("1 day")])
    })
  )

  test(
    "a renewal is of this process's claims, as they are held now",
    Effect.gen(function* () {
      yield* twoAgents
      const other = yield* anotherProcess
      yield* hq.recover({ step_id: 2, force: true })
      yield* Effect.provide(hq.claim("a"), other)
      yield* hq.recover({ step_id: 3, force: true })
      yield* TestClock.adjust("1 minute")
      yield* hq.renew
      assert.deepStrictEqual(yield* leases, [at("17 minutes"), at("16 minutes"), "undefined"])
      // What was lost elsewhere is not tried again, but it is still known whose it was.
      assert.deepStrictEqual(yield* held, [1])
      assert.deepStrictEqual(
        yield* Effect.map(ClaimMemory, (claims) => claims.recall(3 as never)[0]?.agent_id as string),
        "b"
      )
      yield* Effect.provide(hq.renew, other)
      assert.strictEqual(yield* leaseOf(2), at("17 minutes"))
    })
  )

  test(
    "the lease of an agent that says nothing ends HQ_PROGRESS_DEADLINE after its last call, not before",
    Effect.gen(function* () {
      yield* hq.create("p", { 1: [], 2: [] })
      yield* hq.claim("silent")
      yield* hq.claim("talking")
      for (let minutes = 10; minutes < 120; minutes += 10) {
        yield* TestClock.adjust("10 minutes")
        yield* hq.renew
        yield* hq.touch({ agent_id: "talking" })
        assert.deepStrictEqual(yield* hq.sweep, { recovered: 0, failed: 0 })
        const end = at(Duration.minutes(Math.min(minutes + 15, 120)))
        assert.strictEqual(yield* leaseOf(1), end)
      }
      yield* TestClock.adjust(Duration.subtract("10 minutes", "1 millis"))
      yield* hq.renew
      assert.deepStrictEqual(yield* hq.sweep, { recovered: 0, failed: 0 })
      yield* TestClock.adjust("1 millis")
      yield* hq.renew
      assert.deepStrictEqual(yield* hq.sweep, { recovered: 1, failed: 0 })
      assert.strictEqual((yield* hq.get(1)).status, "not_started")
      assert.strictEqual((yield* hq.get(2)).status, "claimed")
    })
  )

  test(
    "an agent that speaks again is renewed again, for another HQ_PROGRESS_DEADLINE",
    Effect.gen(function* () {
      yield* hq.create("p", { 1: [] })
      yield* hq.claim("a")
      yield* TestClock.adjust("10 minutes")
      yield* hq.heartbeat({ step_id: 1 })
      yield* TestClock.adjust("29 minutes")
      yield* hq.renew
      assert.strictEqual(yield* leaseOf(1), at("40 minutes"))
      yield* TestClock.adjust("30 seconds")
      yield* hq.touch({})
      yield* TestClock.adjust("10 minutes")
      yield* hq.renew
      assert.strictEqual(yield* leaseOf(1), at(Duration.minutes(64.5)))
    }),
    { progressDeadline: Duration.minutes(30) }
  )

  test(
    "a claim that was lost elsewhere is forgotten, and others are renewed",
    Effect.gen(function* () {
      yield* hq.create("p", { 1: [], 2: [] })
      yield* hq.claim("silent")
      yield* TestClock.adjust("2 hours")
      yield* hq.sweep
      yield* Effect.provide(hq.claim("c"), yield* anotherProcess)
      yield* hq.claim("b")
      yield* hq.renew
      assert.deepStrictEqual(yield* held, [2])
      yield* TestClock.adjust("1 minute")
      yield* hq.touch({ agent_id: "b" })
      assert.strictEqual(yield* leaseOf(2), at("136 minutes"))
    })
  )

  test(
    "when the client goes away, its claims have HQ_DISCONNECT_GRACE left, and an agent that comes back goes on",
    Effect.gen(function* () {
      yield* twoAgents
      const other = yield* anotherProcess
      yield* rows(`UPDATE $steps SET lease_expires_at = '${at("90 seconds")}' WHERE id = 2`)
      yield* hq.recover({ step_id: 3, force: true })
      yield* Effect.provide(hq.claim("b"), other)
      yield* hq.endSession
      assert.deepStrictEqual(yield* leases, [at("3 minutes"), at("90 seconds"), at("16 minutes")])
      yield* TestClock.adjust("1 minute")
      yield* Effect.provide(hq.heartbeat({ step_id: 1, agent_id: "a" }), other)
      assert.strictEqual(yield* leaseOf(1), at("17 minutes"))
      yield* TestClock.adjust("1 minute")
      assert.deepStrictEqual(yield* hq.sweep, { recovered: 1, failed: 0 })
      assert.strictEqual((yield* hq.get(2)).status, "not_started")
    })
  )

  test(
    "a claim that another session has taken over is renewed by that one alone",
    Effect.gen(function* () {
      yield* hq.create("p", { 1: [] })
      yield* hq.claim("a")
      const other = yield* anotherProcess
      yield* Effect.provide(hq.heartbeat({ step_id: 1, agent_id: "a", attempt: 1 }), other)
      yield* TestClock.adjust("1 minute")
      yield* hq.renew
      yield* hq.endSession
      assert.strictEqual(yield* leaseOf(1), at("15 minutes"))
      assert.deepStrictEqual(yield* held, [])
      yield* Effect.provide(hq.renew, other)
      assert.strictEqual(yield* leaseOf(1), at("16 minutes"))
    })
  )

  test(
    "a session that lasted less than a minute leaves its leases as they are when it ends",
    Effect.gen(function* () {
      yield* hq.create("p", { 1: [], 2: [] })
      const [short, long] = [yield* anotherProcess, yield* anotherProcess]
      yield* Effect.provide(hq.claim("short"), short)
      yield* Effect.provide(hq.claim("long"), long)
      yield* TestClock.adjust("59 seconds")
      yield* Effect.provide(hq.endSession, short)
      yield* TestClock.adjust("1 second")
      yield* Effect.provide(hq.endSession, long)
      assert.deepStrictEqual(yield* Effect.forEach([1, 2], leaseOf), [at("15 minutes"), at("3 minutes")])
      // The agent goes on in the next process, by its name.
      yield* Effect.provide(hq.start({ step_id: 1, agent_id: "short" }), yield* anotherProcess)
    })
  )

  test(
    "a session that wrote nothing leaves nothing behind",
    Effect.gen(function* () {
      yield* hq.listProjects({})
      yield* hq.endSession
      assert.deepStrictEqual(yield* rows("SELECT * FROM $agent_sessions"), [])
    })
  )
})
