import * as SqlClient from "@effect/sql/SqlClient"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as Scope from "effect/Scope"
import * as TestClock from "effect/TestClock"
import { ClaimMemory } from "../../../src/services/ClaimMemory.ts"
import { hq } from "../../support/hq.ts"
import { shared, watch } from "../../support/watch.ts"

describe("a renewal", () => {
  it.scoped("is one statement for all claims of the session, and one for the session", () =>
    Effect.gen(function* () {
      const statements = yield* watch()
      const steps = Array.from({ length: 50 }, (_, index) => index + 1)
      yield* hq.create("p", Object.fromEntries(steps.map((num) => [num, []])))
      for (const step of steps) yield* hq.claim(`agent ${step % 7}`)
      yield* TestClock.adjust("1 minute")
      statements.length = 0
      yield* hq.renew
      assert.deepStrictEqual(statements, ["BEGIN", "SELECT", "INSERT", "UPDATE", "COMMIT"])
      const ends = yield* Effect.forEach(steps, (step) => Effect.map(hq.get(step), (_) => String(_.lease_expires_at)))
      assert.deepStrictEqual(new Set(ends), new Set([new Date(16 * 60_000).toISOString()]))
    }).pipe(Effect.provide(shared()))
  )

  it.scoped("that waits for the database does not forget a step that is claimed again meanwhile", () =>
    Effect.gen(function* () {
      yield* hq.create("p", { 1: [] })
      yield* hq.claim("a")
      yield* hq.recover({ step_id: 1, force: true })
      const locked = yield* Scope.make()
      yield* Scope.extend(
        Effect.flatMap(SqlClient.SqlClient, (sql) => sql.reserve),
        locked
      )
      const claim = yield* Effect.fork(hq.claim("b"))
      yield* TestClock.adjust("1 second")
      const renewal = yield* Effect.fork(hq.renew)
      yield* TestClock.adjust("1 second")
      yield* Scope.close(locked, Exit.void)
      yield* Fiber.join(renewal)
      assert.strictEqual((yield* Fiber.join(claim))?.attempt, 2)
      const held = (yield* ClaimMemory).held().map(({ step_id, agent_id }) => `${agent_id} ${step_id}`)
      assert.deepStrictEqual(held, ["b 1"])
    }).pipe(Effect.provide(shared()))
  )
})
