import * as SqlClient from "@effect/sql/SqlClient"
import * as SqliteClient from "@effect/sql-sqlite-node/SqliteClient"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { StorageFailure } from "../../../src/domain/Errors.ts"
import type { Check } from "../../../src/layers/store/Engine.ts"
import { makeStore } from "../../../src/layers/store/makeStore.ts"
import type { Transaction } from "../../../src/layers/store/Store.ts"
import { sqlite } from "../../../src/layers/store/sqlite/dialect.ts"
import { errors } from "../../../src/layers/store/sqlite/sqliteErrors.ts"
import { transactions } from "../../../src/layers/store/sqlite/transactions.ts"
import { now } from "../../../src/layers/store/time.ts"
import { tempDatabase } from "../../support/temp.ts"

const lost = new StorageFailure({ reason: "lost" })

/** A store on a table of numbers, and what its check finds from now on. */
const checked = Effect.gen(function* () {
  const found: { -readonly [Asked in keyof Check]?: ReturnType<Check[Asked]> } = {}
  const asked = { before: 0, afterCommit: 0 }
  const check: Check = {
    before: () => {
      asked.before++
      return found.before
    },
    mark: () => found.mark,
    afterCommit: () => {
      asked.afterCommit++
      return found.afterCommit
    }
  }
  const client = yield* Layer.build(SqliteClient.layer({ filename: tempDatabase() }))
  const engine = { sql: { ...sqlite(""), format: 1 }, ...transactions, ...errors, check, now: () => now }
  yield* Effect.provide(
    Effect.flatMap(SqlClient.SqlClient, (sql) => sql`CREATE TABLE hq_migrations (migration_id INTEGER PRIMARY KEY)`),
    client
  )
  const store = yield* Effect.provide(makeStore(engine, true), client)
  const insert = (number: number) => (tx: Transaction) =>
    Effect.as(tx.all("INSERT INTO numbers VALUES (?)", [number]), number)
  const numbers = (tx: Transaction) =>
    Effect.map(tx.all<{ n: number }>("SELECT n FROM numbers", []), (rows) => rows.map(({ n }) => n))
  yield* store.write((tx) => tx.all("CREATE TABLE numbers (n INTEGER)", []))
  asked.before = 0
  asked.afterCommit = 0
  return { asked, found, insert, numbers, store }
})

describe("a database that gets lost", () => {
  it.scoped("between a commit and its answer: nobody in the group is acknowledged", () =>
    Effect.gen(function* () {
      const { asked, found, insert, store } = yield* checked
      found.afterCommit = lost
      const results = yield* Effect.forEach([1, 2, 3], (number) => Effect.flip(store.write(insert(number))), {
        concurrency: "unbounded"
      })
      assert.deepStrictEqual(results, [lost, lost, lost])
      assert.strictEqual(asked.afterCommit, 1)
    })
  )

  it.scoped("before a transaction: nothing is run, and the next one can begin", () =>
    Effect.gen(function* () {
      const { found, insert, numbers, store } = yield* checked
      found.before = lost
      assert.strictEqual(yield* Effect.flip(store.write(insert(1))), lost)
      assert.strictEqual(yield* Effect.flip(store.read(numbers)), lost)
      delete found.before
      yield* store.write(insert(2))
      assert.deepStrictEqual(yield* store.read(numbers), [2])
    })
  )

  it.scoped("is what a failed statement is blamed on", () =>
    Effect.gen(function* () {
      const { found, store } = yield* checked
      found.before = lost
      assert.strictEqual(yield* Effect.flip(store.read((tx) => tx.all("SELECT 1 FROM nothing", []))), lost)
    })
  )
})

describe("a mark", () => {
  it.scoped("is made within the transaction", () =>
    Effect.gen(function* () {
      const { found, insert, numbers, store } = yield* checked
      found.mark = { before: "PRAGMA shrink_memory", within: "INSERT INTO numbers VALUES (100)" }
      yield* Effect.exit(store.write(() => Effect.fail("refused")))
      assert.deepStrictEqual(yield* store.read(numbers), [])
      yield* store.write(insert(1))
      assert.deepStrictEqual(yield* store.read(numbers), [100, 1])
    })
  )

  it.scoped("that fails leaves no transaction open", () =>
    Effect.gen(function* () {
      const { found, insert, numbers, store } = yield* checked
      found.mark = { before: "PRAGMA shrink_memory", within: "INSERT INTO nothing VALUES (1)" }
      yield* Effect.exit(store.write(insert(1)))
      delete found.mark
      yield* store.write(insert(2))
      assert.deepStrictEqual(yield* store.read(numbers), [2])
    })
  )
})
