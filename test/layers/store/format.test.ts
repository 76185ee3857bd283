import * as SqlClient from "@effect/sql/SqlClient"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { latest } from "../../../src/layers/store/sqlite/Migrations.ts"
import { hq, refused } from "../../support/hq.ts"
import { rows, writesNothing } from "../../support/rows.ts"
import { suite } from "../../support/storages.ts"
import { shared } from "../../support/watch.ts"

/** Does as much as a newer hq whose migration adds nothing but data. */
const migrate = rows("INSERT INTO $hq_migrations (migration_id, name) VALUES (?, 'later'), (?, 'latest')", [
  latest + 1,
  latest + 2
])

const migrated = {
  _tag: "StorageFailure",
  message: `The database was migrated to format ${latest + 2} by a newer hq while this one (format ${latest}) was running: update this program and restart it. Nothing was changed.`
}

suite("after a newer hq has migrated", (test) => {
  test(
    "every write is refused and changes nothing, also many at once",
    Effect.gen(function* () {
      yield* hq.create("p", { 1: [], 2: [], 3: [] })
      const { id } = yield* hq.take("a")
      yield* migrate
      const writes = [
        refused(hq.claim("b")),
        refused(hq.start({ step_id: id, agent_id: "a" })),
        refused(hq.renew),
        refused(hq.sweep),
        refused(hq.create("q", { 1: [] }))
      ]
      yield* writesNothing(
        Effect.gen(function* () {
          for (const write of writes) assert.deepInclude(yield* write, migrated)
          const together = yield* Effect.forEach([1, 2, 3], () => refused(hq.claim("b")), { concurrency: "unbounded" })
          for (const error of together) assert.deepInclude(error, migrated)
        })
      )
    })
  )

  test(
    "every read is refused, because it may mean something else by now",
    Effect.gen(function* () {
      yield* hq.create("p", { 1: [] })
      yield* migrate
      assert.deepInclude(yield* refused(hq.getProject({ name: "p" })), migrated)
    })
  )
})

describe("within a host's transaction", () => {
  it.scoped("a newer format is noticed too", () =>
    Effect.gen(function* () {
      const sql = yield* SqlClient.SqlClient
      yield* hq.create("p", { 1: [] })
      yield* migrate
      assert.deepInclude(yield* refused(sql.withTransaction(hq.claim("a"))), migrated)
      assert.deepInclude(yield* refused(sql.withTransaction(hq.getProject({ name: "p" }))), migrated)
    }).pipe(Effect.provide(shared()))
  )
})
