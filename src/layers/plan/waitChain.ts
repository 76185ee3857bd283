import type { SqlError } from "@effect/sql/SqlError"
import * as Effect from "effect/Effect"
import { awaited, unmet } from "../store/fragments.ts"
import type * as rows from "../store/rows.ts"
import { perStore } from "../store/Sql.ts"
import type { Transaction } from "../store/Store.ts"

/** Steps that are followed along every dependency, and dependencies that are read at a time. */
const maxSteps = 200
const maxLinks = 2000

/** Steps that are followed along one dependency only, once there are too many. */
const maxDeeper = 2000

/** The step that waits, at which a chain begins. */
export interface Waiting {
  readonly id: number
  readonly step_num: number
  readonly unmet_dependencies: number
}

interface ChainRow extends rows.AwaitedRow {
  readonly unmet_dependencies: number
}

/** A dependency that is not met. */
type Link = ChainRow & { readonly waiting: number }

export interface ChainLink {
  readonly row: rows.AwaitedRow
  /** Numbers of the steps of the chain that wait for it directly. */
  readonly blocks: ReadonlyArray<number>
}

export interface Chain {
  /** The nearest first. */
  readonly steps: ReadonlyArray<ChainLink>
  /** Whether the chain goes on beyond these. */
  readonly isCut: boolean
  /** Steps that wait for nothing: ready, held, failed or not merged. If the chain is cut, some of them. */
  readonly roots: ReadonlyArray<rows.AwaitedRow>
}

const waitsForOthers = ({ status, unmet_dependencies }: ChainRow) => status === "not_started" && unmet_dependencies > 0
const waits = "s.status = 'not_started' AND s.unmet_dependencies > 0"

/**
 * Follows what a step waits for, level by level: a step that is held, failed or completed waits for nothing, nor does one whose
 * dependencies are met. Only the dependencies of steps that wait are read.
 */
export const waitChain = perStore((sql) => {
  const dependencyOf = (id: string) => `${sql.dependencies} e ON e.step_id = ${id}
    ${sql.join} ${sql.steps} d ON d.id = e.depends_on_step_id ${sql.join} ${sql.projects} p ON p.id = d.project_id`
  const level = `
    SELECT e.step_id AS waiting, ${awaited("d")}, d.unmet_dependencies
    FROM ${sql.items("?", "asked", "integer")} ${sql.join} ${dependencyOf("asked.value")}
    WHERE ${unmet("d", "p")} LIMIT ${maxLinks}`
  const firstOf = (id: string) => `(
    SELECT d.id FROM ${sql.dependencies} e
    ${sql.join} ${sql.steps} d ON d.id = e.depends_on_step_id ${sql.join} ${sql.projects} p ON p.id = d.project_id
    WHERE e.step_id = ${id} AND ${unmet("d", "p")} LIMIT 1)`
  const deeper = sql.recursive({
    name: "deeper",
    columns: "id",
    first: `SELECT value FROM ${sql.items("?", "cut", "integer")}`,
    next: `SELECT ${firstOf("s.id")} FROM deeper ${sql.join} ${sql.steps} s ON s.id = deeper.id WHERE ${waits}`,
    limit: maxDeeper
  })
  const rootsBelow = `${deeper.clause}
    SELECT ${awaited("s")} FROM ${deeper.rows} ${sql.join} ${sql.steps} s ON s.id = deeper.id WHERE NOT (${waits})`

  return (tx: Transaction, start: Waiting): Effect.Effect<Chain, SqlError> =>
    Effect.gen(function* () {
      const numbers = new Map([[start.id, start.step_num]])
      const found = new Map<number, { readonly row: ChainRow; readonly blocks: Array<number> }>()
      let isCut = false
      let asked = start.unmet_dependencies > 0 ? [start.id] : []
      let ends: ReadonlyArray<number> = []
      while (asked.length > 0 && !isCut) {
        const links = yield* tx.all<Link>(level, [JSON.stringify(asked)])
        isCut = links.length === maxLinks
        ends = asked
        asked = []
        for (const { waiting, ...row } of links) {
          const number = numbers.get(waiting) as number
          const known = found.get(row.step_id)
          if (known !== undefined) known.blocks.push(number)
          else if (found.size === maxSteps) isCut = true
          else if (row.step_id !== start.id) {
            numbers.set(row.step_id, row.step_num)
            found.set(row.step_id, { row, blocks: [number] })
            if (waitsForOthers(row)) asked.push(row.step_id)
          }
        }
      }
      const roots = new Map<number, rows.AwaitedRow>()
      for (const { row } of found.values()) if (!waitsForOthers(row)) roots.set(row.step_id, row)
      if (isCut) {
        for (const row of yield* tx.all<rows.AwaitedRow>(rootsBelow, [JSON.stringify([...asked, ...ends])]))
          roots.set(row.step_id, row)
      }
      return { steps: [...found.values()], isCut, roots: [...roots.values()] }
    })
})
