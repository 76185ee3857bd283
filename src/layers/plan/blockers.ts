import type { SqlError } from "@effect/sql/SqlError"
import * as Effect from "effect/Effect"
import type { Blocker, NoWorkReason } from "../../domain/Claim.ts"
import { spellings } from "../../domain/Names.ts"
import { start } from "../store/claimOrder.ts"
import { awaited, blocking, hasDependents } from "../store/fragments.ts"
import * as rows from "../store/rows.ts"
import { perStore } from "../store/Sql.ts"
import type { Transaction } from "../store/Store.ts"

/** Blockers that an answer names at most. */
export const maxBlockers = 10

/** Held and failed steps of a project that are read at most, in search of those that others wait for. */
const maxRead = 1000

/** Ready steps that are read at most. */
const maxReadyRead = 50

interface RankedRow extends rows.BlockerRow {
  readonly tail_minutes: number
}

/** A claim that found no work. */
export interface WithoutWork {
  readonly reason: NoWorkReason
  /** Ids of the projects that it looked at. */
  readonly projects: ReadonlyArray<number>
  /** The name that the request gave. */
  readonly project?: string | undefined
  readonly scopes?: ReadonlyArray<string> | undefined
  /** Whether some step is ready, in a scope that the request did not ask for. */
  readonly hasReady: boolean
}

const ranked = (found: ReadonlyArray<RankedRow>): ReadonlyArray<Blocker> =>
  [...found]
    .sort((a, b) => b.tail_minutes - a.tail_minutes || a.step_id - b.step_id)
    .slice(0, maxBlockers)
    .map(rows.blocker)

/** Finds the steps that block others, those with the longest chains behind them first. Led by partial indexes. */
export const blockers = perStore((sql) => {
  const columns = `${awaited("s")}, s.tail_minutes, p.name AS project`
  /** Ids of a project's steps in the order of an index, as far as they are read. */
  const some = (index: string, which: string, order: string, filter: string) => `
    SELECT id FROM (SELECT b.id, b.scope, b.tail_minutes, b.completed_at FROM ${sql.steps} b ${sql.indexed(index)}
      WHERE b.project_id = p.id AND b.${which} ORDER BY b.${order} LIMIT ${maxRead}) b
    WHERE ${filter} ORDER BY b.${order} LIMIT ${maxBlockers}`
  const blockingSteps = (filter: string) => some("steps_blocking", blocking, "tail_minutes DESC", filter)
  const unmerged = some(
    "steps_unmerged",
    "status = 'completed'",
    "completed_at NULLS FIRST",
    hasDependents(sql, "b.id")
  )
  const ofProjects = (which: string) => `
    SELECT ${columns} FROM ${sql.items("?", "wanted", "integer")} ${sql.join} ${sql.projects} p ON p.id = wanted.value
    ${sql.join} ${sql.steps} s ON ${sql.isAmong("s.id", which)}`
  const waitedFor = ofProjects(`
    SELECT id FROM (${blockingSteps(hasDependents(sql, "b.id"))}) held
    UNION ALL SELECT id FROM (${unmerged}) unmerged WHERE p.unblock_on = 'merged'`)
  const held = ofProjects(blockingSteps("true"))
  const heldOfScopes = ofProjects(
    blockingSteps(`${sql.caseless("b.scope")} IN (SELECT value FROM ${sql.items("?", "scopes", "text")})`)
  )
  const selection = {
    columns,
    join: `${sql.join} ${sql.projects} p ON p.id = s.project_id`,
    where: hasDependents(sql, "s.id"),
    limit: maxBlockers
  }

  const readySteps = (tx: Transaction, project: string | undefined) => {
    const { statement, values } = sql.readySteps({ project }, start, maxReadyRead, selection)
    return tx.all<RankedRow>(statement, values)
  }

  const awaitedSteps = (tx: Transaction, { hasReady, project, projects }: Omit<WithoutWork, "reason" | "scopes">) =>
    Effect.gen(function* () {
      const found = yield* tx.all<RankedRow>(waitedFor, [JSON.stringify(projects)])
      return hasReady ? [...found, ...(yield* readySteps(tx, project))] : found
    })

  return {
    /** The steps that other steps of the project wait for. */
    inProject: (tx: Transaction, id: number, name: string): Effect.Effect<ReadonlyArray<Blocker>, SqlError> =>
      Effect.map(awaitedSteps(tx, { projects: [id], project: name, hasReady: true }), ranked),

    /** The steps that block a claim which found no work. */
    ofClaim: (tx: Transaction, claim: WithoutWork): Effect.Effect<ReadonlyArray<Blocker>, SqlError> => {
      switch (claim.reason) {
        case "all_blocked":
        case "failed_upstream":
          return Effect.map(awaitedSteps(tx, claim), ranked)
        case "all_claimed":
        case "all_failed": {
          const ids = JSON.stringify(claim.projects)
          return Effect.map(
            claim.scopes === undefined
              ? tx.all<RankedRow>(held, [ids])
              : tx.all<RankedRow>(heldOfScopes, [ids, JSON.stringify(claim.scopes.flatMap(spellings))]),
            ranked
          )
        }
        default:
          return Effect.succeed([])
      }
    }
  }
})
