import * as SqliteClient from "@effect/sql-sqlite-node/SqliteClient"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import type * as Scope from "effect/Scope"
import * as Coordination from "../../src/layers/Coordination.ts"

/** Every way in which a process opens coordination on a file, for suites in which several processes share one. */
export const openings: ReadonlyArray<{
  readonly name: string
  readonly layer: (filename: string) => Layer.Layer<Coordination.Coordination, unknown>
}> = [
  { name: "file of its own", layer: (filename) => Coordination.layerSqlite({ filename }) },
  {
    name: "host's database with a table prefix",
    layer: (filename) =>
      Coordination.layer({ tablePrefix: "hq_" }).pipe(Layer.provide(SqliteClient.layer({ filename })))
  }
]

/**
 * Runs effects as one process would that has the file open until the scope ends: with its own connection and its own
 * memory of what it claimed.
 */
export const openProcess = (
  layer: Layer.Layer<Coordination.Coordination, unknown>
): Effect.Effect<
  <A, E, R>(self: Effect.Effect<A, E, R>) => Effect.Effect<A, E, Exclude<R, Coordination.Coordination>>,
  unknown,
  Scope.Scope
> => Effect.map(Layer.build(layer), (context) => Effect.provide(context))
