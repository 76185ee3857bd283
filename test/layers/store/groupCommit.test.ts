import { assert, describe, it } from "@effect/vitest"
import * as Clock from "effect/Clock"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import { hq, refused } from "../../support/hq.ts"
import { rows } from "../../support/rows.ts"
import { settings } from "../../support/storages.ts"
import { shared, watch } from "../../support/watch.ts"

const together = { concurrency: "unbounded" } as const

const numbers = (count: number) => Array.from({ length: count }, (_, index) => index + 1)

const steps = (count: number) => Object.fromEntries(numbers(count).map((num) => [num, []]))

/** How often each statement was run. */
const count = (statements: ReadonlyArray<string>, of: string) => statements.filter((one) => one === of).length

describe("group commit", () => {
  it.scoped("writes at the same moment are few transactions, and each writer has an answer of its own", () =>
    Effect.gen(function* () {
      yield* hq.create("p", steps(300))
      const statements = yield* watch()
      const claimed = yield* Effect.forEach(numbers(300), (agent) => hq.claim(`agent ${agent}`), together)
      assert.deepStrictEqual(
        claimed.map((step) => `${step?.agent_id} has ${step?.step_num}`),
        numbers(300).map((num) => `agent ${num} has ${num}`)
      )
      assert.strictEqual(count(statements, "BEGIN"), 3)
      assert.strictEqual(count(statements, "COMMIT"), 3)
      assert.strictEqual((yield* rows("SELECT 1 FROM agent_events WHERE event_type = 'claimed'")).length, 300)
    }).pipe(Effect.provide(shared()))
  )

  it.scoped("a writer alone has a plain transaction, which looks for a newer format first", () =>
    Effect.gen(function* () {
      yield* hq.create("p", steps(2))
      // The first write of a session records it, too.
      yield* hq.claim("b")
      const statements = yield* watch()
      yield* hq.claim("a")
      assert.deepStrictEqual(statements, ["BEGIN", "SELECT", "UPDATE", "INSERT", "COMMIT"])
    }).pipe(Effect.provide(shared()))
  )

  it.scoped("one that is refused takes back its own and nobody else's", () =>
    Effect.gen(function* () {
      yield* hq.create("p", steps(20))
      // Each second one is refused by the event, after it has changed its step.
      let events = 0
      const statements = yield* watch((statement) =>
        statement.startsWith("INSERT INTO agent_events") && ++events % 2 === 0 ? "SQLITE_IOERR" : undefined
      )
      const exits = yield* Effect.forEach(numbers(20), (agent) => Effect.exit(hq.claim(`agent ${agent}`)), together)
      assert.deepStrictEqual(
        exits.map(Exit.isSuccess),
        numbers(20).map((num) => num % 2 === 1)
      )
      assert.strictEqual(count(statements, "COMMIT"), 1)
      const held = yield* rows<{ agent_id: string }>("SELECT agent_id FROM steps WHERE status = 'claimed' ORDER BY id")
      const told = yield* rows<{ agent_id: string }>("SELECT agent_id FROM agent_events ORDER BY id")
      assert.deepStrictEqual(
        held.map((row) => row.agent_id),
        numbers(10).map((num) => `agent ${2 * num - 1}`)
      )
      assert.deepStrictEqual(told, held)
    }).pipe(Effect.provide(shared()))
  )

  it.scoped("a first one that is refused leaves the others a transaction of their own", () =>
    Effect.gen(function* () {
      yield* hq.create("p", steps(3))
      yield* hq.claim("a")
      const statements = yield* watch()
      const refusal = refused(hq.complete({ step_id: 1, agent_id: "b", commit_hash: "c" }))
      const [error, step] = yield* Effect.all([refusal, hq.claim("c")], together)
      assert.strictEqual(error._tag, "Conflict")
      assert.strictEqual(step?.step_num, 2)
      assert.strictEqual(count(statements, "ROLLBACK"), 1)
      assert.strictEqual(count(statements, "COMMIT"), 1)
    }).pipe(Effect.provide(shared()))
  )

  it.scoped("nobody is answered as if a commit had come about that did not", () =>
    Effect.gen(function* () {
      yield* hq.create("p", steps(10))
      let isFull = true
      yield* watch((statement) => (statement === "COMMIT" && isFull ? "SQLITE_FULL" : undefined))
      const errors = yield* Effect.forEach(numbers(10), (agent) => refused(hq.claim(`agent ${agent}`)), together)
      assert.deepStrictEqual(new Set(errors.map((error) => error._tag)), new Set(["StorageFailure"]))
      for (const error of errors) assert.include(error.message as string, "nothing of this call was kept")
      assert.deepStrictEqual(yield* rows("SELECT * FROM agent_events"), [])
      isFull = false
      assert.strictEqual((yield* hq.claim("a"))?.step_num, 1)
    }).pipe(Effect.provide(shared()))
  )

  it.scoped("where the outcome of the commit is not certain, everybody hears that, and the next write goes on", () =>
    Effect.gen(function* () {
      yield* hq.create("p", steps(10))
      let isFailing = true
      yield* watch((statement) => (statement === "COMMIT" && isFailing ? "SQLITE_IOERR_FSYNC" : undefined))
      const errors = yield* Effect.forEach(numbers(10), (agent) => refused(hq.claim(`agent ${agent}`)), together)
      assert.deepStrictEqual(new Set(errors.map((error) => error._tag)), new Set(["OutcomeUnknown"]))
      isFailing = false
      assert.strictEqual((yield* hq.claim("a"))?.step_num, 1)
    }).pipe(Effect.provide(shared()))
  )

  it.scoped("where the transaction is lost under one writer, none of the others is told that it wrote", () =>
    Effect.gen(function* () {
      yield* hq.create("p", steps(10))
      let released = 0
      yield* watch((statement) => (statement === "RELEASE hq_1" && ++released === 3 ? "SQLITE_IOERR" : undefined))
      const exits = yield* Effect.forEach(numbers(10), (agent) => Effect.exit(hq.claim(`agent ${agent}`)), together)
      // The first, who began the transaction, and three behind it; those that come later have another one.
      assert.deepStrictEqual(
        exits.map(Exit.isSuccess),
        numbers(10).map((num) => num > 4)
      )
      assert.strictEqual((yield* rows("SELECT 1 FROM agent_events")).length, 6)
    }).pipe(Effect.provide(shared()))
  )

  it.scoped("where SQLite ends the transaction by itself, everybody hears why", () =>
    Effect.gen(function* () {
      yield* hq.create("p", steps(3))
      let events = 0
      let isOver = false
      yield* watch((statement) => {
        if (statement.startsWith("INSERT INTO agent_events")) isOver = ++events === 2
        if (!isOver) return undefined
        return statement.startsWith("INSERT") ? "SQLITE_FULL" : statement === "ROLLBACK" ? undefined : "SQLITE_ERROR"
      })
      const errors = yield* Effect.forEach(numbers(2), (agent) => refused(hq.claim(`agent ${agent}`)), together)
      for (const error of errors) assert.include(error.message as string, "disk is full")
      assert.deepStrictEqual(yield* rows("SELECT * FROM agent_events"), [])
    }).pipe(Effect.provide(shared()))
  )

  it.scoped("a write that was refused the lock does not keep later ones from trying", () =>
    Effect.gen(function* () {
      yield* hq.create("p", steps(1))
      let isLocked = true
      yield* watch((statement) => (statement === "BEGIN IMMEDIATE" && isLocked ? "SQLITE_BUSY" : undefined))
      assert.strictEqual((yield* refused(hq.claim("a")))._tag, "StorageBusy")
      isLocked = false
      assert.strictEqual((yield* hq.claim("a"))?.step_num, 1)
    }).pipe(Effect.provide(shared()), Effect.provide(settings({ busyTimeout: Duration.zero })))
  )

  it.scoped("whoever is interrupted in line or at work holds nobody up", () =>
    Effect.gen(function* () {
      yield* hq.create("p", steps(200))
      const writers = yield* Effect.forEach(numbers(200), (agent) => Effect.fork(hq.claim(`agent ${agent}`)))
      // They are in all states by now: at work, in line, not yet begun.
      for (let turn = 0; turn < 50; turn++) {
        yield* Effect.yieldNow()
        yield* Fiber.interruptFork(writers[(turn * 37) % 200] as Fiber.Fiber<unknown, unknown>)
      }
      const exits = yield* Effect.forEach(writers, Fiber.await)
      const claimed = exits.filter(Exit.isSuccess).length
      assert.isAtLeast(claimed, 150)
      const held = yield* rows("SELECT 1 FROM steps WHERE status = 'claimed'")
      // One that is interrupted while the commit is on its way is not told what became of its claim, and gives it back.
      assert.strictEqual(held.length, claimed)
      const events = (type: string) => rows(`SELECT 1 FROM agent_events WHERE event_type = '${type}'`)
      assert.strictEqual((yield* events("claimed")).length - (yield* events("released")).length, held.length)
      yield* hq.create("q", steps(1))
    }).pipe(Effect.provide(shared()))
  )

  it.scoped("a group that has lasted for 50 ms takes no more bodies, and leaves the lock to others for 20 ms", () => {
    let nanos = 0n
    const slept: Array<number> = []
    const millis = () => Number(nanos / 1_000_000n)
    const steady: Clock.Clock = {
      ...Clock.make(),
      unsafeCurrentTimeNanos: () => nanos,
      currentTimeNanos: Effect.sync(() => nanos),
      unsafeCurrentTimeMillis: millis,
      currentTimeMillis: Effect.sync(millis),
      sleep: (duration) => Effect.sync(() => void slept.push(Duration.toMillis(duration)))
    }
    return Effect.gen(function* () {
      yield* hq.create("p", steps(10))
      const statements = yield* watch((statement) => {
        if (statement.startsWith("INSERT INTO agent_events")) nanos += 20_000_000n
        return undefined
      })
      yield* Effect.forEach(numbers(7), (agent) => hq.claim(`agent ${agent}`), together)
      const claims = statements.filter((one) => one === "UPDATE" || one === "COMMIT").join(" ")
      assert.strictEqual(claims, `${"UPDATE UPDATE UPDATE COMMIT ".repeat(2)}UPDATE COMMIT`)
      assert.deepStrictEqual(slept, [20, 20])
      // Whoever comes later finds the lock free and does not wait.
      yield* hq.claim("late")
      assert.lengthOf(slept, 2)
    }).pipe(Effect.withClock(steady), Effect.provide(shared()))
  })

  it.scoped("reads see a whole group or nothing of it", () =>
    Effect.gen(function* () {
      yield* hq.create("p", steps(256))
      const seen: Array<number> = []
      const look = Effect.map(hq.heldBy({ agent_id: "a", limit: 1000 }), ({ steps }) => seen.push(steps.length))
      const work = numbers(256).map((num) => (num % 16 === 0 ? look : hq.claim("a")))
      yield* Effect.all(work, { ...together, discard: true })
      assert.lengthOf(seen, 16)
      for (const held of seen) assert.include([0, 128, 240], held)
    }).pipe(Effect.provide(shared()))
  )
})
