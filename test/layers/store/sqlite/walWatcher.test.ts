import { assert, describe, it } from "@effect/vitest"
import Database from "better-sqlite3"
import * as Effect from "effect/Effect"
import { walWatcher } from "../../../../src/layers/store/sqlite/walWatcher.ts"
import { tempDatabase } from "../../../support/temp.ts"

/** A file with a write-ahead log, and a connection to it. */
const withLog = Effect.acquireRelease(
  Effect.sync(() => {
    const file = tempDatabase()
    const db = new Database(file)
    db.pragma("journal_mode = WAL")
    db.exec("CREATE TABLE t (x)")
    return { file, write: Effect.sync(() => db.exec("INSERT INTO t VALUES (1)")), db }
  }),
  ({ db }) => Effect.sync(() => db.close())
)

// The system's own watching is real.
describe("walWatcher", () => {
  it.scopedLive("comes with a write, and not without one", () =>
    Effect.gen(function* () {
      const { file, write } = yield* withLog
      const comes = yield* walWatcher(file)
      assert.isDefined(comes)
      const wait = Effect.timeoutOption(comes as Effect.Effect<void>, "200 millis")
      assert.strictEqual((yield* wait)._tag, "None")
      yield* write
      yield* Effect.timeout(comes as Effect.Effect<void>, "5 seconds")
    })
  )

  it.scopedLive("is not missed where it comes before anybody waits", () =>
    Effect.gen(function* () {
      const { file, write } = yield* withLog
      const comes = yield* walWatcher(file)
      yield* write
      yield* Effect.sleep("100 millis")
      yield* Effect.timeout(comes as Effect.Effect<void>, "5 seconds")
    })
  )

  it.scopedLive("says where it cannot listen", () =>
    Effect.gen(function* () {
      assert.isUndefined(yield* walWatcher(tempDatabase()))
    })
  )
})
