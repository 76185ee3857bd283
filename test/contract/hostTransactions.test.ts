import * as SqlClient from "@effect/sql/SqlClient"
import * as SqliteClient from "@effect/sql-sqlite-node/SqliteClient"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Coordination from "../../src/layers/Coordination.ts"
import * as SqliteDatabase from "../../src/layers/store/sqlite/SqliteDatabase.ts"
import { hq } from "../support/hq.ts"
import { contents, rows, TablePrefix } from "../support/rows.ts"
import { tempDatabase } from "../support/temp.ts"

/** The two kinds of client that a host may have. */
const clients: ReadonlyArray<
  readonly [name: string, layer: (filename: string) => Layer.Layer<SqlClient.SqlClient, unknown>]
> = [
  ["@effect/sql-sqlite-node", (filename) => SqliteClient.layer({ filename })],
  ["hq's own client", (filename) => SqliteDatabase.layer({ filename })]
]

class HostFailed {
  readonly _tag = "HostFailed"
}

describe.each(clients)("a host's own transaction, with %s", (_, client) => {
  const run = <A, E>(body: Effect.Effect<A, E, Coordination.Coordination | SqlClient.SqlClient>) =>
    Effect.provide(
      Effect.zipRight(hq.create("p", { 1: [], 2: [] }), body),
      Coordination.layer({ tablePrefix: "hq_" }).pipe(
        Layer.provideMerge(client(tempDatabase())),
        Layer.merge(Layer.succeed(TablePrefix, "hq_"))
      )
    )

  it.effect("takes a claim back when it fails", () =>
    run(
      Effect.gen(function* () {
        const sql = yield* SqlClient.SqlClient
        const before = yield* contents
        const failing = Effect.zipRight(hq.take("a"), Effect.fail(new HostFailed()))
        assert.instanceOf(yield* Effect.flip(sql.withTransaction(failing)), HostFailed)
        assert.deepStrictEqual(yield* contents, before)
        assert.deepInclude({ ...(yield* hq.take("b")) } as object, { step_num: 1, attempt: 1 })
      })
    )
  )

  it.effect("commits hq's writes with its own", () =>
    run(
      Effect.gen(function* () {
        const sql = yield* SqlClient.SqlClient
        yield* rows("CREATE TABLE orders (step INTEGER)")
        const { id } = yield* sql.withTransaction(
          Effect.tap(hq.take("a"), (step) => sql`INSERT INTO orders VALUES (${step.id})`)
        )
        assert.deepStrictEqual(yield* rows("SELECT * FROM orders"), [{ step: id }])
        assert.strictEqual((yield* hq.get(id)).status, "claimed")
      })
    )
  )

  it.effect("goes on after a call of hq's that failed, without what that call wrote", () =>
    run(
      Effect.gen(function* () {
        const sql = yield* SqlClient.SqlClient
        yield* sql.withTransaction(
          Effect.gen(function* () {
            yield* hq.take("a")
            assert.strictEqual((yield* Effect.flip(hq.create("p", { 1: [] })))._tag, "Conflict")
            yield* rows("CREATE TRIGGER refuse BEFORE INSERT ON hq_agent_events BEGIN SELECT RAISE(ABORT, 'no'); END")
            assert.strictEqual((yield* Effect.exit(hq.take("b")))._tag, "Failure")
            yield* rows("DROP TRIGGER refuse")
          })
        )
        const page = yield* hq.getProject({ name: "p" })
        assert.deepStrictEqual(
          page.steps.map(({ status }) => status),
          ["claimed", "not_started"]
        )
      })
    )
  )
})
