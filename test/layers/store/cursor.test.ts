import { assert } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as TestClock from "effect/TestClock"
import type * as Coordination from "../../../src/layers/Coordination.ts"
import { hq } from "../../support/hq.ts"
import { rows } from "../../support/rows.ts"
import { suite } from "../../support/storages.ts"

/** Texts that no list of hq gave as a cursor. */
const garbageCursors: ReadonlyArray<string> = [
  "x",
  "!!",
  "1",
  ...["null", "[]", "{}", '["a","b"]', "[1,2,3,4]", "[null]", "[1.5]", "[-1]", "[1e999]", '[1e999,"a"]'].map((json) =>
    Buffer.from(json).toString("base64url")
  )
]

type List = (
  page: object
) => Effect.Effect<{ readonly next_cursor?: string }, { readonly _tag: string }, Coordination.Coordination>

const lists: Readonly<Record<string, List>> = {
  get_project: (page) => hq.getProject({ name: "p", ...page }),
  list_projects: hq.listProjects,
  get_available_steps: hq.available,
  get_agent_work: (page) => hq.heldBy({ agent_id: "a", ...page }),
  detect_stale_work: hq.detectStale,
  get_agent_events: hq.events
}
const everyList = Object.entries(lists)

suite("a cursor", (test) => {
  test(
    "that hq did not give is refused by every list",
    Effect.gen(function* () {
      yield* hq.create("p", { 1: [] })
      for (const [name, list] of everyList) {
        for (const cursor of garbageCursors) {
          const exit = yield* Effect.either(list({ cursor }))
          assert.strictEqual(exit._tag, "Left", `${name} with ${Buffer.from(cursor, "base64url")}`)
          if (exit._tag === "Left") assert.strictEqual(exit.left._tag, "InvalidInput")
        }
      }
    })
  )

  test(
    "of another list is refused by every list",
    Effect.gen(function* () {
      for (const name of ["p", "q"]) yield* hq.create(name, { 1: [], 2: [], 3: [], 4: [] })
      yield* hq.take("a")
      yield* hq.take("a")
      yield* TestClock.adjust("1 hour")
      for (const [from, list] of everyList) {
        const { next_cursor: cursor } = yield* list({ limit: 1 })
        assert.isString(cursor, from)
        for (const [to, other] of everyList) {
          const exit = yield* Effect.either(other({ cursor }))
          assert.strictEqual(exit._tag, from === to ? "Right" : "Left", `cursor of ${from} for ${to}`)
        }
      }
    })
  )

  test(
    "follows a page with a limit that would take more than 8,000,000 characters, and leads through all of it",
    Effect.gen(function* () {
      yield* hq.create("p", Object.fromEntries(Array.from({ length: 50 }, (_, at) => [at + 1, []])))
      const notes = "n".repeat(200_000)
      yield* rows(`UPDATE $steps SET notes = '${notes}'`)
      const seen: Array<number> = []
      let cursor: { readonly cursor?: string } = {}
      for (let pages = 1; ; pages++) {
        const page = yield* hq.getProject({ name: "p", limit: 1000, ...cursor })
        seen.push(...page.steps.map(({ step_num }) => step_num))
        assert.strictEqual(page.steps[0]?.notes, notes)
        if (page.next_cursor === undefined) {
          assert.strictEqual(pages, 2)
          break
        }
        cursor = { cursor: page.next_cursor }
      }
      assert.deepStrictEqual(
        seen,
        Array.from({ length: 50 }, (_, at) => at + 1)
      )
    })
  )
})
