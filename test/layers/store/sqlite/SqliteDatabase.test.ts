import { statSync } from "node:fs"
import { assert, describe, it } from "@effect/vitest"
import Database from "better-sqlite3"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import type { StorageBusy } from "../../../../src/domain/Errors.ts"
import * as Coordination from "../../../../src/layers/Coordination.ts"
import { hq } from "../../../support/hq.ts"
import { settings } from "../../../support/storages.ts"
import { tempDatabase } from "../../../support/temp.ts"

const busyTimeout = Duration.millis(200)

/** Coordination on a file on which another connection can hold the write lock. */
const withOther = <A, E>(
  body: (other: {
    readonly lock: () => void
    readonly unlock: () => void
  }) => Effect.Effect<A, E, Coordination.Coordination>
) =>
  Effect.gen(function* () {
    const filename = tempDatabase()
    const coordination = yield* Layer.build(
      Coordination.layerSqlite({ filename }).pipe(Layer.provide(settings({ busyTimeout })))
    )
    const db = yield* Effect.acquireRelease(
      Effect.sync(() => new Database(filename)),
      (db) => Effect.sync(() => db.close())
    )
    const other = { lock: () => void db.exec("BEGIN IMMEDIATE"), unlock: () => void db.exec("COMMIT") }
    yield* Effect.provide(Effect.zipRight(hq.create("p", { 1: [] }), body(other)), coordination)
  })

// Waiting for a lock is real waiting.
describe("while another process writes", () => {
  it.scopedLive("a write gives up with StorageBusy after HQ_BUSY_TIMEOUT, having changed nothing", () =>
    withOther((other) =>
      Effect.gen(function* () {
        other.lock()
        const [took, error] = yield* Effect.timed(Effect.flip(hq.answer({ project: "p", agent_id: "a" })))
        assert.strictEqual(error._tag, "StorageBusy")
        assert.isAtLeast((error as StorageBusy).waited_ms, 200)
        assert.include(error.message, "Try the same call again")
        assert.isBelow(Duration.toMillis(took), 5_000)
        other.unlock()
        assert.strictEqual((yield* hq.take("a")).attempt, 1)
      })
    )
  )

  it.scopedLive("a write goes through once the other is done", () =>
    withOther((other) =>
      Effect.gen(function* () {
        other.lock()
        const [{ step }] = yield* Effect.all(
          [hq.answer({ project: "p", agent_id: "a" }), Effect.delay(Effect.sync(other.unlock), "50 millis")],
          {
            concurrency: "unbounded"
          }
        )
        assert.strictEqual(step?.step_num, 1)
      })
    )
  )

  it.scopedLive("reads are answered at once", () =>
    withOther((other) =>
      Effect.gen(function* () {
        other.lock()
        const page = yield* hq.getProject({ name: "p" })
        assert.strictEqual(page.steps.length, 1)
        other.unlock()
      })
    )
  )
})

describe("the write-ahead log", () => {
  it.scopedLive("shrinks to 16 MB once nobody reads what was before it", () =>
    Effect.gen(function* () {
      const filename = tempDatabase()
      const coordination = yield* Layer.build(Coordination.layerSqlite({ filename }))
      const logged = () => statSync(`${filename}-wal`).size / 2 ** 20
      const other = yield* Effect.acquireRelease(
        Effect.sync(() => ({ reader: new Database(filename), writer: new Database(filename) })),
        ({ reader, writer }) =>
          Effect.sync(() => {
            reader.close()
            writer.close()
          })
      )
      yield* Effect.provide(hq.create("p", { 1: [], 2: [], 3: [] }), coordination)
      other.reader.exec("BEGIN; SELECT count(*) FROM steps")
      other.writer.exec("UPDATE steps SET notes = hex(randomblob(10000000)) WHERE step_num = 3")
      assert.isAbove(logged(), 16)
      other.reader.exec("COMMIT")
      // The first write copies the log into the database, and the next one begins it anew.
      yield* Effect.provide(Effect.zipRight(hq.take("a"), hq.take("b")), coordination)
      assert.isAtMost(logged(), 16)
    })
  )
})
