import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Coordination from "../../../src/layers/Coordination.ts"
import { sqlite } from "../../../src/layers/store/sqlite/dialect.ts"
import { columns, statements, tableNames } from "../../../src/layers/transfer/transferTables.ts"
import { Transfer } from "../../../src/services/Transfer.ts"
import { dump, query } from "../../support/database.ts"
import { free, hq } from "../../support/hq.ts"
import { violationsIn } from "../../support/invariants.ts"
import { faultsOf, withMarks } from "../../support/portable.ts"
import { tempDatabase } from "../../support/temp.ts"

const on = <A, E, R>(filename: string, work: Effect.Effect<A, E, R>) =>
  Effect.provide(work, Coordination.layerSqlite({ filename }))

const exported = Effect.gen(function* () {
  const transfer = yield* Transfer
  let lines: Array<string> = []
  yield* transfer.export({
    begin: () => {
      lines = []
    },
    line: (text) => lines.push(text)
  })
  return lines
})

const imported = (lines: ReadonlyArray<string>) => Effect.flatMap(Transfer, (_) => _.import(() => lines, "human:ann"))

/** A store with a row in every table that is moved, and projects of every status. */
const full = Effect.gen(function* () {
  const file = tempDatabase()
  const lines = yield* on(
    file,
    Effect.gen(function* () {
      yield* hq.create("p", { 1: [], 2: [], 3: [1], 4: [], 5: [3, 4] })
      yield* hq.finish("a", { step_num: 1, request_id: "r" })
      yield* hq.takeAndStart("a", { step_num: 3 })
      const failed = yield* hq.failNext("c", { step_num: 2 })
      yield* hq.recoverFailed(failed.id)
      yield* hq.create("done", free(1))
      yield* hq.finish("b", { project: "done" })
      yield* hq.create("paused", free(1200))
      yield* hq.updateProject({ name: "paused", status: "paused" })
      yield* hq.create("aborted", free(1))
      yield* hq.updateProject({ name: "aborted", status: "aborted" })
      return yield* exported
    })
  )
  return { file, lines }
})

/** The lines with other fields in the first row of a table. */
const changed = (lines: ReadonlyArray<string>, table: string, fields: object): ReadonlyArray<string> => {
  const at = lines.findIndex((line) => line.startsWith(`{"table":"${table}"`))
  const { row } = JSON.parse(lines[at] as string)
  return lines.with(at, JSON.stringify({ table, row: { ...row, ...fields } }))
}

/** The lines with the first row of a table before all others. */
const moved = (lines: ReadonlyArray<string>, table: string): ReadonlyArray<string> =>
  lines.toSpliced(1, 0, lines.find((line) => line.startsWith(`{"table":"${table}"`)) as string)

/** The lines with the first row of a table a second time. */
const twice = (lines: ReadonlyArray<string>, table: string): ReadonlyArray<string> => {
  const at = lines.findIndex((line) => line.startsWith(`{"table":"${table}"`))
  return lines.toSpliced(at, 0, lines[at] as string)
}

describe("Transfer", () => {
  it.live("moves everything into an empty store, and says who did", () =>
    Effect.gen(function* () {
      const { file, lines } = yield* full
      const target = tempDatabase()
      const rows = yield* on(target, imported(lines))
      assert.deepInclude(rows, { projects: 4, steps: 1207 })
      for (const [table, count] of Object.entries(rows)) assert.isAbove(count, 0, table)
      const [last] = query<{ agent_id: string; id: number }>(
        target,
        "SELECT * FROM agent_events ORDER BY id DESC LIMIT 1"
      )
      assert.strictEqual(last?.agent_id, "human:ann")
      const sorted = (all: Record<string, ReadonlyArray<unknown>>) =>
        Object.fromEntries(
          ["agent_counts", "step_counts", ...tableNames].map((table) => [
            table,
            (all[table] as ReadonlyArray<{ id?: unknown; steps?: unknown }>).filter(
              ({ id, steps }) => !(table === "agent_events" && id === last?.id) && steps !== 0
            )
          ])
        )
      assert.deepStrictEqual(sorted(dump(target)), sorted(dump(file)))
      assert.deepStrictEqual(violationsIn(target), [])
      // The holder goes on where it was.
      const held = query<{ id: number }>(target, "SELECT id FROM steps WHERE status = 'in_progress'")[0]?.id as number
      yield* on(target, hq.heartbeat({ step_id: held, agent_id: "a", attempt: 1 }))
    })
  )

  it.live("refuses a store that is not empty, and changes nothing in it", () =>
    Effect.gen(function* () {
      const { file, lines } = yield* full
      const before = dump(file)
      assert.deepInclude(yield* Effect.flip(on(file, imported(lines))), { _tag: "Conflict" })
      assert.deepStrictEqual(dump(file), before)
    })
  )

  it.live("refuses lines that were cut off, changed or put in another order, and keeps none of them", () =>
    Effect.gen(function* () {
      const { lines } = yield* full
      const target = tempDatabase()
      const middle = Math.floor(lines.length / 2)
      const wrong: ReadonlyArray<readonly [lines: ReadonlyArray<string>, why: RegExp]> = [
        [lines.slice(0, -1), /the end of the export is missing/],
        [[...lines.slice(0, -1), (lines.at(-1) as string).slice(0, -3)], /is not a JSON object/],
        [lines.toSpliced(middle, 1), /says that there are \d+ rows, but there are \d+/],
        [lines.slice(1), /is not the beginning of an export/],
        [[...lines, "{}"], /follows the end/],
        [moved(lines, "projects"), /has a row of .* after those of projects/],
        [lines.toSpliced(1, 0, '{"table":"secrets","row":{}}'), /line 2: names no table/],
        [lines.toSpliced(1, 0, '{"table":"agent_sessions","row":{"colour":"x"}}'), /has a column colour/],
        [lines.toSpliced(1, 0, '{"table":"agent_sessions","row":{"pid":"x"}}'), /pid that is not a whole number/],
        [changed(lines, "projects", { status: "weird" }), /has a status that is none of active, /],
        [changed(lines, "steps", { status: "weird" }), /has a status that is none of not_started, /],
        [changed(lines, "steps", { project_id: 9_999 }), /has a project_id that is the id of no row of projects above/],
        [changed(lines, "dependencies", { step_id: 9_999 }), /has a step_id that is the id of no row of steps above/],
        [twice(lines, "steps"), /has an id that another row of steps has/]
      ]
      for (const [given, why] of wrong) assert.match((yield* Effect.flip(on(target, imported(given)))).message, why)
      for (const table of tableNames) {
        assert.deepStrictEqual(query(target, `SELECT * FROM ${table}`), [], table)
      }
      yield* on(target, imported(lines))
    })
  )

  it("moves every column of every table, but for those that follow from others", () => {
    const file = tempDatabase()
    return Effect.runPromise(
      Effect.map(on(file, Effect.void), () => {
        const left = tableNames.flatMap((table) =>
          query<{ name: string }>(file, `SELECT name FROM pragma_table_xinfo('${table}')`)
            .filter(({ name }) => columns(table)[name] === undefined)
            .map(({ name }) => `${table}.${name}`)
        )
        assert.sameMembers(left, [
          "projects.open_steps",
          "projects.has_ready",
          "projects.format",
          "agent_events.format",
          "steps.unmet_dependencies",
          "steps.work_ms"
        ])
        const tables = query<{ name: string }>(
          file,
          "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite%'"
        )
        assert.sameMembers(
          tables.map(({ name }) => name).filter((name) => !(tableNames as ReadonlyArray<string>).includes(name)),
          ["agent_counts", "claim_waiters", "hq_migrations", "lease_sweeps", "step_counts"]
        )
      })
    )
  })

  it("is written in SQL that every engine takes", () => {
    const { insert, pages, ...rest } = statements(withMarks(sqlite(""), new Set()))
    const all = [
      ...Object.values(insert),
      ...Object.values(pages).flatMap(({ first, next }) => [first, next]),
      ...Object.values(rest)
    ]
    for (const text of all) assert.deepStrictEqual(faultsOf(text), [], text)
  })
})
