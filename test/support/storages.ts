import { readFileSync, writeFileSync } from "node:fs"
import type { SqlClient } from "@effect/sql/SqlClient"
import * as SqliteClient from "@effect/sql-sqlite-node/SqliteClient"
import { describe, it } from "@effect/vitest"
import * as Context from "effect/Context"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import type * as Scope from "effect/Scope"
import * as TestClock from "effect/TestClock"
import * as Coordination from "../../src/layers/Coordination.ts"
import * as SqliteDatabase from "../../src/layers/store/sqlite/SqliteDatabase.ts"
import { Settings, type SettingsValues } from "../../src/services/Settings.ts"
import { violationsIn } from "./invariants.ts"
import { rows, TablePrefix } from "./rows.ts"
import { tempDatabase } from "./temp.ts"

/** What a storage offers to its tests, besides the services and its rows. */
export class Storage extends Context.Tag("test/Storage")<
  Storage,
  {
    /** Coordination as another process has it: on the same rows, with a memory of its own. */
    readonly anotherProcess: Layer.Layer<Coordination.Coordination, unknown>
    /** Every invariant that the rows break. */
    readonly violations: Effect.Effect<ReadonlyArray<string>>
  }
>() {}

/** What a storage provides: the services, their rows, and what else its tests need. */
export type Stored = Coordination.Coordination | SqlClient | Storage

type Open = (filename: string) => Layer.Layer<Coordination.Coordination | SqlClient, unknown>

/** A kind of storage in an SQLite file. Tests begin with copies of one file, because a migration takes longer than most tests do. */
const sqlite = (name: string, prefix: string, open: Open) => {
  const migrated = Effect.runSync(
    Effect.cached(
      Effect.suspend(() => {
        const filename = tempDatabase()
        return Effect.as(Effect.scoped(Layer.build(open(filename))), filename)
      }).pipe(Effect.map((filename) => readFileSync(filename)))
    )
  )
  const layer = Effect.map(migrated, (file) => {
    const filename = tempDatabase()
    writeFileSync(filename, file)
    return Layer.mergeAll(
      open(filename),
      Layer.succeed(TablePrefix, prefix),
      Layer.succeed(Storage, {
        anotherProcess: open(filename),
        violations: Effect.sync(() => violationsIn(filename, prefix))
      })
    )
  })
  return { name, layer: () => Layer.unwrapEffect(layer) }
}

/** Every way in which hq is given its database. Each layer makes a new one. */
export const storages: ReadonlyArray<{ readonly name: string; readonly layer: () => Layer.Layer<Stored, unknown> }> = [
  sqlite("file of its own", "", (filename) =>
    Layer.merge(Coordination.layerSqlite({ filename, synchronous: "NORMAL" }), SqliteDatabase.layer({ filename }))
  ),
  sqlite("host's database with a table prefix", "hq_", (filename) =>
    Coordination.layer({ tablePrefix: "hq_" }).pipe(
      Layer.provideMerge(
        SqliteClient.layer({ filename }).pipe(
          // A driver that waits for a lock would stop the lock's holder, because both are in the process of the test.
          Layer.tap((host) => Effect.provide(rows("PRAGMA busy_timeout = 1"), host))
        )
      )
    )
  )
]

/** When the tests of a suite begin: far enough from 1970 that the clock can be set back. */
export const noon = Date.UTC(2026, 0, 1, 12)

/** The moment that long after noon, as hq writes it. */
export const at = (duration: Duration.DurationInput): string =>
  new Date(noon + Duration.toMillis(duration)).toISOString()

/** Settings, some of them changed. Without a sweepEvery, a first sweep is none after a gap, whatever the clock says. */
export const settings = (changed: Partial<SettingsValues>): Layer.Layer<Settings> =>
  Layer.succeed(Settings, { ...Settings.defaultValue(), sweepEvery: Duration.infinity, ...changed })

/** Registers a test, which has a new database and begins at noon. */
export type Test = (
  title: string,
  body: Effect.Effect<void, unknown, Stored | Settings | Scope.Scope>,
  changed?: Partial<SettingsValues>
) => void

/** Runs a suite on each storage. */
export const suite = (name: string, tests: (test: Test) => void): void => {
  for (const storage of storages) {
    describe(`${name}, ${storage.name}`, () => {
      tests((title, body, changed = {}) =>
        it.scoped(title, () =>
          Effect.zipRight(TestClock.setTime(noon), body).pipe(
            Effect.provide(Layer.provideMerge(storage.layer(), settings(changed)))
          )
        )
      )
    })
  }
}

/** Opens coordination as another process would, until the test ends. */
export const anotherProcess = Effect.gen(function* () {
  const { anotherProcess } = yield* Storage
  return yield* Layer.build(Layer.provide(anotherProcess, Layer.succeed(Settings, yield* Settings)))
})

/** Every invariant that the rows break. */
export const violations = Effect.flatMap(Storage, (storage) => storage.violations)
