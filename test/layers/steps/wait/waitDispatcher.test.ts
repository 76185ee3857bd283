import { assert, describe, it } from "@effect/vitest"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import { hq, refused } from "../../../support/hq.ts"
import { rows } from "../../../support/rows.ts"
import { settings } from "../../../support/storages.ts"
import { blocked, complete, isWaiting, pass, passUntilDone, stepOf, waiting } from "../../../support/waiting.ts"
import { shared, watch } from "../../../support/watch.ts"

const numbers = (count: number) => Array.from({ length: count }, (_, index) => index + 1)

describe("a process with 1,000 calls that wait", () => {
  it.scoped("serves the first of them, in a few polls", () =>
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

describe("a step whose files are free, behind thousands whose files are in use", () => {
  it.scoped("is found by the call that waits, and claimed", () =>
    Effect.gen(function* () {
      yield* hq.createProject({
        name: "p",
        base_commit: "abc123",
        steps: numbers(2500).map((num) => ({
          step_num: num,
          branch: `step${num}/work`,
          scope: "api",
          files: ["src/**"]
        }))
      })
      yield* hq.claim("worker")
      const call = yield* waiting("a", { wait_seconds: 25 })
      yield* pass("1500 millis", "100 millis")
      assert.isTrue(yield* isWaiting(call))
      const operations = [{ op: "change" as const, step_num: 200, files: [] }]
      yield* hq.updatePlan({ project: "p", operations })
      assert.isAtMost(yield* passUntilDone(call), 10_000)
      assert.strictEqual(yield* stepOf(call), 200)
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

  it.scoped("is waited for, if it is only locked", () =>
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

  it.scoped("is reported at the end, if it is locked until then", () =>
    Effect.gen(function* () {
      const { broken, call } = yield* withFault(/^BEGIN IMMEDIATE/, "SQLITE_BUSY")
      yield* broken(true)
      yield* free
      yield* pass("10 seconds", "100 millis")
      assert.strictEqual((yield* refused(Fiber.join(call)))._tag, "StorageBusy")
    }).pipe(Effect.provide(shared()), Effect.provide(quick))
  )

  it.scoped("is polled again if a lock refused a poll", () =>
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

  it.scoped("is reported at once, if it is broken", () =>
    Effect.gen(function* () {
      const { broken, call } = yield* withFault(/^WITH RECURSIVE/, "SQLITE_IOERR")
      yield* broken(true)
      yield* hq.create("q", { 1: [] })
      assert.isAtMost(yield* passUntilDone(call), 200)
      assert.strictEqual((yield* refused(Fiber.join(call)))._tag, "StorageFailure")
    }).pipe(Effect.provide(shared()), Effect.provide(quick))
  )

  it.scoped("is polled again after a defect of hq's own", () =>
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
