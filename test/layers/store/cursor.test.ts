import { assert } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as TestClock from "effect/TestClock"
import type * as Coordination from "../../../src/layers/Coordination.ts"
import { plan, project } from "../../support/coordination.ts"
import { analytics, garbageCursors, projects, recovery, steps, suite, take } from "../../support/suite.ts"

type List = (
  page: object
) => Effect.Effect<{ readonly next_cursor?: string }, { readonly _tag: string }, Coordination.Coordination>

const lists: Readonly<Record<string, List>> = {
  get_project: (page) => projects.get({ name: project("p"), ...page }),
  list_projects: projects.list,
  get_available_steps: steps.available,
  detect_stale_work: recovery.detectStale,
  get_agent_events: analytics.events
}
const everyList = Object.entries(lists)

suite("a cursor", (test) => {
  test("that hq did not give is refused by every list", () =>
    Effect.gen(function* () {
      yield* projects.create(plan("p", { 1: [] }))
      for (const [name, list] of everyList) {
        for (const cursor of garbageCursors) {
          const exit = yield* Effect.either(list({ cursor }))
          assert.strictEqual(exit._tag, "Left", `${name} with ${Buffer.from(cursor, "base64url")}`)
          if (exit._tag === "Left") assert.strictEqual(exit.left._tag, "InvalidInput")
        }
      }
    }))

  test("of another list is refused by every list", () =>
    Effect.gen(function* () {
      for (const name of ["p", "q"]) yield* projects.create(plan(name, { 1: [], 2: [], 3: [], 4: [] }))
      yield* take("p", "a")
      yield* take("p", "a")
      yield* TestClock.adjust("1 hour")
      for (const [from, list] of everyList) {
        const { next_cursor: cursor } = yield* list({ limit: 1 })
        assert.isString(cursor, from)
        for (const [to, other] of everyList) {
          const exit = yield* Effect.either(other({ cursor }))
          assert.strictEqual(exit._tag, from === to ? "Right" : "Left", `cursor of ${from} for ${to}`)
        }
      }
    }))
})
