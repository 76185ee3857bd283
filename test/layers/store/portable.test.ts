import * as SqliteClient from "@effect/sql-sqlite-node/SqliteClient"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as ProjectsLayer from "../../../src/layers/projects/Projects.ts"
import * as LeasesLayer from "../../../src/layers/recovery/Leases.ts"
import * as RecoveryLayer from "../../../src/layers/recovery/Recovery.ts"
import * as AnalyticsLayer from "../../../src/layers/reports/Analytics.ts"
import * as CompletionsLayer from "../../../src/layers/reports/Completions.ts"
import * as OverviewLayer from "../../../src/layers/reports/Overview.ts"
import * as ClaimMemoryLayer from "../../../src/layers/session/ClaimMemory.ts"
import * as SessionLayer from "../../../src/layers/session/Session.ts"
import * as StepsLayer from "../../../src/layers/steps/Steps.ts"
import * as ChangesLayer from "../../../src/layers/store/Changes.ts"
import { noCheck } from "../../../src/layers/store/Engine.ts"
import { makeStore } from "../../../src/layers/store/makeStore.ts"
import { Store, type Transaction } from "../../../src/layers/store/Store.ts"
import { sqlite } from "../../../src/layers/store/sqlite/dialect.ts"
import { migrate } from "../../../src/layers/store/sqlite/Migrations.ts"
import { errors } from "../../../src/layers/store/sqlite/sqliteErrors.ts"
import { transactions } from "../../../src/layers/store/sqlite/transactions.ts"
import { tables } from "../../../src/layers/store/Tables.ts"
import { now } from "../../../src/layers/store/time.ts"
import * as TransferLayer from "../../../src/layers/transfer/Transfer.ts"
import { aboveStore, faultsOf, fragmentsOf, isCutTerm, rules, withMarks } from "../../support/portable.ts"
import { tempDatabase } from "../../support/temp.ts"
import { servicesThat, useAll } from "../../support/workload.ts"

/** A store on SQLite that notes every statement that reaches it from above. */
const storeThatNotes = (statements: Set<string>, terms: Set<string>) =>
  Layer.scoped(
    Store,
    Effect.gen(function* () {
      yield* migrate(tables(""), false)
      const engine = {
        sql: withMarks(sqlite(""), terms),
        ...transactions,
        ...errors,
        check: noCheck,
        now: () => now
      }
      const store = yield* makeStore(engine, false)
      const noting = (tx: Transaction): Transaction => ({
        ...tx,
        all: (statement, parameters) => tx.all(statements.add(statement) && statement, parameters),
        first: (statement, parameters) => tx.first(statements.add(statement) && statement, parameters)
      })
      return Store.of({
        ...store,
        read: (body) => store.read((tx) => body(noting(tx))),
        write: (body, restore) => store.write((tx) => body(noting(tx)), restore)
      })
    })
  ).pipe(Layer.provide(SqliteClient.layer({ filename: tempDatabase() })))

const services = Layer.mergeAll(
  ProjectsLayer.layer,
  StepsLayer.layer,
  RecoveryLayer.layer,
  AnalyticsLayer.layer,
  OverviewLayer.layer,
  LeasesLayer.layer,
  CompletionsLayer.layer,
  TransferLayer.layer
).pipe(
  Layer.provideMerge(
    Layer.mergeAll(ClaimMemoryLayer.layer, SessionLayer.layer({ id: "s", host: "h", pid: 1 }), ChangesLayer.layer())
  )
)

describe("statements above the store", () => {
  it.scoped("hold nothing that only SQLite understands", () =>
    Effect.gen(function* () {
      const [statements, terms, called] = [new Set<string>(), new Set<string>(), new Set<string>()]
      const all = yield* Effect.provide(
        Effect.gen(function* () {
          const services = yield* servicesThat((name) => called.add(name))
          yield* useAll(services)
          return Object.entries(services).flatMap(([name, service]) =>
            Object.keys(service).map((method) => `${name}.${method}`)
          )
        }),
        Layer.provide(services, storeThatNotes(statements, terms))
      )

      assert.deepStrictEqual([...called].sort(), all.sort())
      assert.isAtLeast(statements.size, 115)
      const fragments = Object.keys(sqlite("")).filter((name) => name !== "format" && !(name in tables("")))
      assert.sameMembers([...new Set([...statements].flatMap(fragmentsOf))], fragments)

      const faulty = [...statements].filter((statement) => faultsOf(statement).length > 0)
      assert.deepStrictEqual(
        faulty.map((statement) => [...faultsOf(statement), aboveStore(statement)]),
        []
      )
      assert.isNotEmpty(terms)
      assert.deepStrictEqual([...terms].filter(isCutTerm), [])
    })
  )
})

describe("the check", () => {
  for (const { examples, isIn, what } of rules) {
    it(`finds ${what}`, () => {
      for (const text of examples) {
        assert.isTrue(isIn(aboveStore(text)), text)
        assert.isNotEmpty(faultsOf(text), text)
      }
    })
  }

  it("finds a term of a recursive query that sorts or truncates it", () => {
    for (const term of ["SELECT a FROM t LIMIT 5", "SELECT a FROM t\n ORDER BY a"]) assert.isTrue(isCutTerm(term), term)
    assert.isFalse(isCutTerm("SELECT a FROM t WHERE b IN (SELECT b FROM u ORDER BY b LIMIT 5)"))
  })

  it("leaves out what a fragment writes, and finds what its caller gave it", () => {
    const { field, items, join } = withMarks(sqlite(""), new Set())
    assert.isEmpty(faultsOf(`SELECT ${field("a", "b", "text")} FROM t ${join} ${items("?", "i", "integer")} ON true`))
    assert.isNotEmpty(faultsOf(`SELECT ${field("a -> 'b'", "c", "text")} FROM t`))
    assert.isNotEmpty(faultsOf(`SELECT 1 FROM t ${join} (SELECT 1 FROM u) ON true`))
  })

  it("passes standard SQL", () => {
    const texts = [
      "SELECT a, count(*) AS n FROM (SELECT max(a) AS a FROM t) u WHERE a IS NOT NULL AND NOT b = 1 GROUP BY a",
      "INSERT INTO t (a) SELECT coalesce(?, 'it''s ->') FROM u WHERE true ON CONFLICT DO NOTHING RETURNING a",
      "SELECT 1 FROM t WHERE (a, b) > (?, ?) AND (c IS NULL OR c = ?) AND EXISTS (SELECT 1 FROM u)"
    ]
    for (const text of texts) assert.isEmpty(faultsOf(text), text)
  })
})
