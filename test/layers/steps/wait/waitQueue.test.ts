import { assert, describe, it } from "@effect/vitest"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import { hq, refused } from "../../../support/hq.ts"
import { rows } from "../../../support/rows.ts"
import { anotherProcess, at, settings, suite } from "../../../support/storages.ts"
import { blocked, complete, isWaiting, pass, passUntilDone, queued, waiting } from "../../../support/waiting.ts"
import { shared, watch } from "../../../support/watch.ts"

/** Stands in line since long ago, and does nothing. @param expires in seconds after noon */
const dead = (project = "p", scopes: ReadonlyArray<string> | null = null, expires = 900) =>
  rows("INSERT INTO $claim_waiters (agent_id, project, scopes, since, expires_at) VALUES ('dead', ?, ?, ?, ?)", [
    project,
    scopes && JSON.stringify(scopes),
    at("0 minutes"),
    at(Duration.seconds(expires))
  ])

const stepOf = (call: Fiber.Fiber<{ readonly step: { readonly step_num: number } | null }, unknown>) =>
  Effect.map(Fiber.join(call as never), (answer) => (answer as { step: { step_num: number } | null }).step?.step_num)

suite("the queue of calls that wait", (test) => {
  test(
    "those who came first are served first, whichever process they are of",
    Effect.gen(function* () {
      yield* blocked(3)
      const other = yield* anotherProcess
      const calls = [
        yield* waiting("a"),
        yield* Effect.provide(waiting("b"), other),
        yield* waiting("c"),
        yield* Effect.provide(waiting("d"), other),
        yield* waiting("e")
      ] as const
      assert.deepStrictEqual(yield* queued, ["a", "b", "c", "d", "e"])
      yield* Effect.provide(complete, other)
      yield* pass("500 millis")
      assert.deepStrictEqual(yield* Effect.forEach(calls, isWaiting), [false, false, false, true, true])
      assert.sameMembers(yield* Effect.forEach(calls.slice(0, 3), stepOf), [2, 3, 4])
      assert.deepStrictEqual(yield* queued, ["d", "e"])
      yield* hq.release({ step_id: 3, agent_id: (yield* hq.get(3)).agent_id as string })
      yield* pass("300 millis")
      assert.deepStrictEqual(yield* Effect.forEach(calls.slice(3), isWaiting), [false, true])
    })
  )

  test(
    "one that has died delays others by no more than the grace, also those who come later",
    Effect.gen(function* () {
      yield* blocked(1)
      yield* dead()
      const call = yield* waiting("a")
      yield* complete
      const delay = yield* passUntilDone(call)
      assert.isAtLeast(delay, 150)
      assert.isAtMost(delay, 300)
      yield* hq.release({ step_id: 2, agent_id: "a" })
      const later = yield* Effect.fork(hq.answer({ project: "p", agent_id: "b", wait_seconds: 50 }))
      yield* pass("50 millis")
      assert.isTrue(yield* isWaiting(later))
      assert.isAtMost(yield* passUntilDone(later), 200)
      assert.strictEqual(yield* stepOf(later), 2)
    })
  )

  test(
    "a call that does not wait minds no line",
    Effect.gen(function* () {
      yield* hq.create("p", { 1: [] })
      yield* dead()
      assert.strictEqual((yield* hq.claim("a"))?.step_num, 1)
    })
  )

  test(
    "where there are steps enough nobody waits for the others",
    Effect.gen(function* () {
      yield* hq.create("p", { 1: [], 2: [] })
      yield* dead()
      const call = yield* Effect.fork(hq.answer({ project: "p", agent_id: "a", wait_seconds: 50 }))
      assert.strictEqual(yield* passUntilDone(call), 10)
    })
  )

  test(
    "only those who could take the same step are before others, and only until their time is over",
    Effect.gen(function* () {
      yield* blocked(1)
      yield* dead("q")
      yield* dead("p", ["ui", "db"])
      yield* dead("p", null, 0)
      const call = yield* waiting("a", { scopes: ["api", "ui"] })
      assert.deepStrictEqual(yield* queued, ["dead", "dead", "a"])
      yield* complete
      assert.isAtMost(yield* passUntilDone(call), 150)
      assert.strictEqual(yield* stepOf(call), 2)
    })
  )

  test(
    "whoever waits for any project stands in the same line",
    Effect.gen(function* () {
      yield* blocked(1)
      const calls = [yield* waiting("a", { project: undefined }), yield* waiting("b")]
      yield* complete
      yield* pass("500 millis")
      assert.deepStrictEqual(yield* Effect.forEach(calls, isWaiting), [false, true])
    })
  )
})

const numbers = (count: number) => Array.from({ length: count }, (_, index) => index + 1)

describe("a process with 1,000 calls that wait", () => {
  it.scoped("serves the first of them, in a few looks", () =>
    Effect.gen(function* () {
      yield* blocked(10)
      const calls = yield* Effect.forEach(numbers(1000), (num) =>
        Effect.fork(hq.answer({ project: "p", agent_id: `a${num}`, wait_seconds: 50 }))
      )
      yield* pass("1 second", "50 millis")
      const statements = yield* watch()
      yield* complete
      yield* pass("1 second", "50 millis")
      const isOver = yield* Effect.forEach(calls, (call) => Effect.map(isWaiting(call), (waits) => !waits))
      assert.deepStrictEqual(
        isOver.flatMap((over, at) => (over ? [at] : [])),
        [0, 1, 2, 3, 4, 5, 6, 7, 8, 9]
      )
      // Ten claims, and besides them nothing that grows with the number of those who wait.
      assert.isAtMost(statements.length, 200)
    }).pipe(Effect.provide(shared()))
  )
})

describe("a database that does not answer while a call waits", () => {
  /** A call that waits in a database that from some time on refuses statements of a kind. */
  const withFault = (statement: RegExp, code: string) =>
    Effect.gen(function* () {
      yield* blocked(1)
      let isBroken = false
      yield* watch((text) => (isBroken && statement.test(text.trim()) ? code : undefined))
      const call = yield* waiting("a", { wait_seconds: 10 })
      return {
        call,
        broken: (value: boolean) =>
          Effect.sync(() => {
            isBroken = value
          })
      }
    })
  const free = rows("UPDATE steps SET status = 'completed' WHERE id = 1").pipe(
    Effect.zipRight(rows("UPDATE steps SET unmet_dependencies = 0 WHERE id = 2"))
  )
  const quick = settings({ busyTimeout: Duration.zero })

  it.scoped("is waited for, where it is only locked", () =>
    Effect.gen(function* () {
      const { broken, call } = yield* withFault(/^BEGIN IMMEDIATE/, "SQLITE_BUSY")
      yield* broken(true)
      yield* free
      yield* pass("5 seconds", "50 millis")
      assert.isTrue(yield* isWaiting(call))
      yield* broken(false)
      yield* passUntilDone(call)
      assert.strictEqual(yield* stepOf(call), 2)
    }).pipe(Effect.provide(shared()), Effect.provide(quick))
  )

  it.scoped("is told of at the end, where it is locked until then", () =>
    Effect.gen(function* () {
      const { broken, call } = yield* withFault(/^BEGIN IMMEDIATE/, "SQLITE_BUSY")
      yield* broken(true)
      yield* free
      yield* pass("10 seconds", "100 millis")
      assert.strictEqual((yield* refused(Fiber.join(call)))._tag, "StorageBusy")
    }).pipe(Effect.provide(shared()), Effect.provide(quick))
  )

  it.scoped("is looked at again, where a look was refused for a lock", () =>
    Effect.gen(function* () {
      const { broken, call } = yield* withFault(/^BEGIN$/, "SQLITE_BUSY")
      yield* broken(true)
      yield* free
      yield* pass("3 seconds", "50 millis")
      assert.isTrue(yield* isWaiting(call))
      yield* broken(false)
      assert.isAtMost(yield* passUntilDone(call), 200)
    }).pipe(Effect.provide(shared()), Effect.provide(quick))
  )

  it.scoped("is told of at once, where it is broken", () =>
    Effect.gen(function* () {
      const { broken, call } = yield* withFault(/^WITH RECURSIVE/, "SQLITE_IOERR")
      yield* broken(true)
      yield* hq.create("q", { 1: [] })
      assert.isAtMost(yield* passUntilDone(call), 200)
      assert.strictEqual((yield* refused(Fiber.join(call)))._tag, "StorageFailure")
    }).pipe(Effect.provide(shared()), Effect.provide(quick))
  )

  it.scoped("is looked at again after a fault of hq's own", () =>
    Effect.gen(function* () {
      const { broken, call } = yield* withFault(/^WITH RECURSIVE/, "SQLITE_ERROR")
      yield* broken(true)
      yield* free
      yield* pass("3 seconds", "50 millis")
      assert.isTrue(yield* isWaiting(call))
      yield* broken(false)
      assert.isAtMost(yield* passUntilDone(call), 5200)
    }).pipe(Effect.provide(shared()), Effect.provide(quick))
  )
})
