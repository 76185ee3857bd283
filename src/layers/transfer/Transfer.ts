import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { Conflict } from "../../domain/Errors.ts"
import { version } from "../../domain/version.ts"
import { Transfer, type TransferredRows } from "../../services/Transfer.ts"
import { recordEvent } from "../store/events.ts"
import { loopTurn } from "../store/loopTurn.ts"
import { Store } from "../store/Store.ts"
import { withSpan } from "../store/withSpan.ts"
import { eachBatch, exportFormat } from "./readExport.ts"
import { keyOf, pageSize, type Row, statements, tableNames } from "./transferTables.ts"

const notEmpty = new Conflict({
  reason: "The store is not empty: an import would mix two plans. Nothing was changed.",
  advice: "Run: AGENT_DB_PATH=<new file> hq import <file>"
})

/** Lets an interruption end the body, which takes back what it has written. */
const canBeEnded = Effect.interruptible(loopTurn)

/** Everything in hq's tables. */
export const layer: Layer.Layer<Transfer, never, Store> = Layer.effect(
  Transfer,
  Effect.gen(function* () {
    const store = yield* Store
    const { insert, isUsed, pages, resume } = statements(store.sql)
    const record = recordEvent(store.sql)

    return Transfer.of({
      export: withSpan("Transfer.export")((sink) =>
        store.read((tx) =>
          Effect.gen(function* () {
            sink.begin()
            const counts: Record<string, number> = {}
            sink.line(JSON.stringify({ hq_export: exportFormat, hq: version, at: (yield* tx.now).at }))
            for (const table of tableNames) {
              counts[table] = 0
              let page = yield* tx.all<Row>(pages[table].first, [])
              while (page.length > 0) {
                for (const row of page) sink.line(JSON.stringify({ table, row }))
                counts[table] += page.length
                if (page.length < pageSize) break
                page = yield* tx.all<Row>(pages[table].next, keyOf(table, page.at(-1) as Row))
              }
            }
            sink.line(JSON.stringify({ end: true, rows: Object.values(counts).reduce((sum, count) => sum + count, 0) }))
            return counts as TransferredRows
          })
        )
      ),

      import: withSpan("Transfer.import")((lines, by) =>
        store.write((tx) =>
          Effect.gen(function* () {
            if ((yield* tx.first(isUsed, [])) !== undefined) return yield* notEmpty
            const counts: Record<string, number> = Object.fromEntries(tableNames.map((table) => [table, 0]))
            const statuses: Array<readonly [id: unknown, status: unknown]> = []
            yield* eachBatch(lines(), ({ rows, table }) => {
              counts[table] = (counts[table] ?? 0) + rows.length
              if (table === "projects") for (const { id, status } of rows) statuses.push([id, status])
              return Effect.zipRight(tx.all(insert[table], [JSON.stringify(rows)]), canBeEnded)
            })
            yield* tx.all(resume, [JSON.stringify(statuses)])
            const { at } = yield* tx.now
            const step = { id: null, project_id: null }
            yield* record(tx, { agent_id: by, step, type: "updated", at, metadata: { imported: counts } })
            return counts as TransferredRows
          })
        )
      )
    })
  })
)
