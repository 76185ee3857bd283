import { assert, describe, it } from "@effect/vitest"
import Sqlite from "better-sqlite3"
import * as Effect from "effect/Effect"
import { consistency } from "../../../src/layers/store/consistency.ts"
import { sqlite } from "../../../src/layers/store/sqlite/dialect.ts"
import { examine } from "../../../src/layers/store/sqlite/examineFile.ts"
import { mendRows } from "../../../src/layers/store/sqlite/examineRows.ts"
import { broken, busy, faults } from "../../support/brokenRows.ts"
import { violationsIn } from "../../support/invariants.ts"
import { faultsOf, withMarks } from "../../support/portable.ts"

const wrong = (file: string) =>
  Effect.map(examine(file), (checks) => checks.filter(({ status }) => status === "error").map(({ detail }) => detail))

const mend = (file: string) => {
  const db = new Sqlite(file)
  return Effect.ensuring(
    mendRows(db, 0, "human:ann"),
    Effect.sync(() => db.close())
  )
}

describe("consistency", () => {
  for (const [breaks, found] of faults) {
    it.live(`finds and mends: ${found}`, () =>
      Effect.gen(function* () {
        const file = yield* busy
        assert.deepStrictEqual(yield* wrong(file), [])
        broken(file, breaks)
        assert.include(yield* wrong(file), found)
        const report = yield* mend(file)
        assert.includeMembers(
          report.map(({ detail, status }) => `${status}: ${detail}`),
          [`mended: ${found}`]
        )
        assert.deepStrictEqual(yield* wrong(file), [])
        // What broke it left no event, so the audit trail cannot tell the same any more.
        const isTold = (violation: string) => /^(event|step) /.test(violation)
        assert.deepStrictEqual(
          violationsIn(file).filter((violation) => !isTold(violation)),
          []
        )
      })
    )
  }

  for (const [breaks, found] of [
    [
      "UPDATE steps SET status = 'not_started', agent_id = NULL, last_commit = NULL, completed_at = NULL, merge_commit = NULL, started_at = NULL, claimed_at = NULL, last_heartbeat = NULL WHERE step_num = 1",
      "1 held or done before a step that they depend on: p#3"
    ],
    [
      "UPDATE steps SET merge_commit = 'm' WHERE step_num = 2",
      "1 merged without a commit, or with one and not merged: p#2"
    ]
  ] as const) {
    it.live(`finds, and leaves to a person: ${found}`, () =>
      Effect.gen(function* () {
        const file = yield* busy
        broken(file, breaks)
        yield* mend(file)
        assert.deepStrictEqual(yield* wrong(file), [found])
      })
    )
  }

  it.live("records who mended what, once", () =>
    Effect.gen(function* () {
      const file = yield* busy
      const events = () => {
        const db = new Sqlite(file, { readonly: true })
        const found = db
          .prepare("SELECT agent_id, event_type, metadata FROM agent_events WHERE metadata LIKE '%mended%'")
          .all()
        db.close()
        return found
      }
      yield* mend(file)
      assert.deepStrictEqual(events(), [])
      broken(file, "UPDATE projects SET open_steps = 9")
      yield* mend(file)
      yield* mend(file)
      const metadata = JSON.stringify({ mended: ["1 with a wrong number of open steps: p"] })
      assert.deepStrictEqual(events(), [{ agent_id: "human:ann", event_type: "updated", metadata }])
    })
  )

  it("is written in SQL that every engine takes", () => {
    for (const { found, mend } of consistency(withMarks(sqlite(""), new Set()))) {
      for (const text of [found, ...mend.map(({ statement }) => statement)])
        assert.deepStrictEqual(faultsOf(text), [], text)
    }
  })
})
