import type { SqlError } from "@effect/sql/SqlError"
import * as Effect from "effect/Effect"
import type { Blocker, NoWorkReason } from "../../domain/Entities.ts"
import { awaited, blocking, hasDependents } from "../store/fragments.ts"
import * as rows from "../store/rows.ts"
import type { Transaction } from "../store/Store.ts"
import type { Tables } from "../store/Tables.ts"
import { readySteps, start } from "./readySteps.ts"

/** Steps in the way that an answer names at most. */
export const maxBlockers = 10

/** Steps of a project that are looked at in search of those: held and failed ones that nobody waits for are passed over. */
const lookedAt = 1000

/** Ready steps that are looked at. */
const lookedAtReady = 50

interface RankedRow extends rows.BlockerRow {
  readonly tail_minutes: number
}

/** Where no work was found. */
export interface WithoutWork {
  readonly reason: NoWorkReason
  /** Ids of the projects, of which it may be several. */
  readonly projects: ReadonlyArray<number>
  /** The name that the request gave. */
  readonly project?: string | undefined
  readonly scopes?: ReadonlyArray<string> | undefined
  /** Whether some step is ready, in a scope that nobody asked for. */
  readonly hasReady: boolean
}

const ranked = (found: ReadonlyArray<RankedRow>): ReadonlyArray<Blocker> =>
  [...found]
    .sort((a, b) => b.tail_minutes - a.tail_minutes || a.step_id - b.step_id)
    .slice(0, maxBlockers)
    .map(rows.blocker)

/** Finds the steps that are in the way of others, those with the longest chains behind them first. Led by partial indexes. */
export const blockers = (t: Tables) => {
  const columns = `${awaited("s")}, s.tail_minutes, p.name AS project`
  /** Ids of a project's steps in the order of an index, as far as they are looked at. */
  const some = (index: string, which: string, order: string, filter: string) => `
    SELECT id FROM (SELECT b.id, b.scope FROM ${t.steps} b INDEXED BY ${t.prefix}${index}
      WHERE b.project_id = p.id AND b.${which} ORDER BY b.${order} LIMIT ${lookedAt}) b
    WHERE ${filter} LIMIT ${maxBlockers}`
  const blockingSteps = (filter: string) => some("steps_blocking", blocking, "tail_minutes DESC", filter)
  const unmerged = some("steps_unmerged", "status = 'completed'", "completed_at", hasDependents(t, "b.id"))
  const ofProjects = (which: string) => `
    SELECT ${columns} FROM json_each(?) wanted CROSS JOIN ${t.projects} p ON p.id = wanted.value
    CROSS JOIN ${t.steps} s ON s.id IN (${which})`
  const waitedFor = ofProjects(`
    SELECT id FROM (${blockingSteps(hasDependents(t, "b.id"))})
    UNION ALL SELECT id FROM (${unmerged}) WHERE p.unblock_on = 'merged'`)
  const held = ofProjects(blockingSteps("1"))
  const heldOfScopes = ofProjects(blockingSteps("b.scope IN (SELECT value FROM json_each(?))"))
  const ready = `
    SELECT ${columns} FROM line CROSS JOIN ${t.steps} s ON s.id = line.id CROSS JOIN ${t.projects} p ON p.id = s.project_id
    WHERE ${hasDependents(t, "s.id")} LIMIT ${maxBlockers}`
  const first = readySteps(t)

  const claimable = (tx: Transaction, project: string | undefined) => {
    const { statement, values } = first({ project }, start, lookedAtReady, ready)
    return tx.all<RankedRow>(statement, values)
  }

  const awaitedRows = (tx: Transaction, { hasReady, project, projects }: Omit<WithoutWork, "reason" | "scopes">) =>
    Effect.gen(function* () {
      const found = yield* tx.all<RankedRow>(waitedFor, [JSON.stringify(projects)])
      return hasReady ? [...found, ...(yield* claimable(tx, project))] : found
    })

  return {
    /** What other steps of the project wait for. */
    inProject: (tx: Transaction, id: number, name: string): Effect.Effect<ReadonlyArray<Blocker>, SqlError> =>
      Effect.map(awaitedRows(tx, { projects: [id], project: name, hasReady: true }), ranked),

    /** What is in the way of a claim that found no work. */
    ofClaim: (tx: Transaction, claim: WithoutWork): Effect.Effect<ReadonlyArray<Blocker>, SqlError> => {
      switch (claim.reason) {
        case "all_blocked":
        case "failed_upstream":
          return Effect.map(awaitedRows(tx, claim), ranked)
        case "all_claimed":
        case "all_failed": {
          const ids = JSON.stringify(claim.projects)
          return Effect.map(
            claim.scopes === undefined
              ? tx.all<RankedRow>(held, [ids])
              : tx.all<RankedRow>(heldOfScopes, [ids, JSON.stringify(claim.scopes)]),
            ranked
          )
        }
        default:
          return Effect.succeed([])
      }
    }
  }
}
