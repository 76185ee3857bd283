import type { SqlError } from "@effect/sql/SqlError"
import * as Effect from "effect/Effect"
import type { FileOverlap } from "../../../domain/answers/Reasons.ts"
import { isSpent, type Work } from "../../../domain/GlobOverlaps.ts"
import type { ClaimStep } from "../../../domain/Requests.ts"
import { fileOverlaps, type InUse, unitsOfWrite } from "../../plan/fileOverlaps.ts"
import { type ClaimCursor, start } from "../../store/claimOrder.ts"
import { claimOrder, isReady, live } from "../../store/fragments.ts"
import type { Parameter, Query } from "../../store/Query.ts"
import { perStore } from "../../store/Sql.ts"
import type { Transaction } from "../../store/Store.ts"

export const isNamed = ({ step_id, step_num }: ClaimStep): boolean => step_id !== undefined || step_num !== undefined

/**
 * Ready steps that a claim reads: these numbers in turn, for as long as the files of every step read so far are in use. A claim that
 * finds none costs no more, however many there are. The next claim goes on from there.
 */
const batches = [20, 80, 320, 1280]

export interface Choice {
  /** Ids of the steps that may be claimed, the best first. */
  readonly found: ReadonlyArray<number>
  /** If none was found: the held steps whose files overlap those of the ready ones, each once. */
  readonly clashes: ReadonlyArray<FileOverlap>
  /** There are ready steps that were not read. */
  readonly isMore: boolean
}

interface Candidate extends ClaimCursor {
  readonly id: number
  /** JSON array of globs. */
  readonly files: string | null
}

/** Where the latest search for requests of a kind stopped reading; a hint, which a body that is rolled back may have written. */
export type SearchCursors = Map<string, ClaimCursor>

/** Chooses the ready step that a request is for. */
export const chooseStep = perStore((sql) => {
  const { inUse } = fileOverlaps(sql)

  const named = ({ project, step_id, step_num }: ClaimStep): Query => {
    const filters: ReadonlyArray<readonly [column: string, value: Parameter | undefined]> = [
      ["p.name", project],
      ["s.id", step_id],
      ["s.step_num", step_num]
    ]
    const given = filters.filter(([, value]) => value !== undefined)
    return {
      statement: `
        SELECT s.id, s.project_id, s.files FROM ${sql.projects} p JOIN ${sql.steps} s ON s.project_id = p.id
        WHERE p.status = 'active' AND ${isReady("s")} ${given.map(([column]) => `AND ${column} = ?`).join(" ")}`,
      values: given.map(([, value]) => value as Parameter)
    }
  }

  return {
    /**
     * SQL of the best ready step's id, by the project's name; NULL also if its files may be in use. So a claim in one project is one
     * statement unless files are declared.
     */
    bestOf: `
      SELECT id FROM (SELECT s.id, s.project_id, s.files FROM ${sql.steps} s
        WHERE s.project_id = (SELECT id FROM ${sql.projects} WHERE name = ? AND status = 'active') AND ${isReady("s")}
        ORDER BY ${claimOrder("s")} LIMIT 1) best
      WHERE files IS NULL OR NOT EXISTS (SELECT 1 FROM ${sql.steps} ${sql.indexed("steps_live_files")}
        WHERE project_id = best.project_id AND ${live} AND files IS NOT NULL)`,

    /**
     * The first ready steps for the request, in claim order, whose files are not in use.
     *
     * @param limit how many of them at most
     * @param stopped cursors of searches with this limit: another limit stops elsewhere
     */
    choose: (
      tx: Transaction,
      request: ClaimStep,
      limit: number,
      stopped: SearchCursors
    ): Effect.Effect<Choice, SqlError> =>
      Effect.gen(function* () {
        const found: Array<number> = []
        const clashes = new Map<number, FileOverlap>()
        const projects = new Map<number, InUse>()
        const work: Work = { left: unitsOfWrite }
        const isFree = ({ files, project_id }: Pick<Candidate, "files" | "project_id">) =>
          Effect.gen(function* () {
            if (files === null || request.allow_overlap === true) return true
            const used = projects.get(project_id) ?? (yield* inUse(tx, project_id, work))
            projects.set(project_id, used)
            const others = used.by(files)
            for (const clash of others) clashes.set(clash.step.step_id, clash)
            return others.length === 0
          })
        const choice = (isMore = false): Choice => ({
          found,
          clashes: found.length > 0 ? [] : [...clashes.values()],
          isMore
        })
        if (isNamed(request)) {
          const { statement, values } = named(request)
          const row = yield* tx.first<Candidate>(statement, values)
          if (row !== undefined && (yield* isFree(row))) found.push(row.id)
          return choice()
        }
        const kind = JSON.stringify([request.project, request.scopes])
        let after: ClaimCursor = start
        for (const size of batches) {
          const { statement, values } = sql.readySteps(request, after, size, { columns: "ready.*, s.files" })
          const rows = yield* tx.all<Candidate>(statement, values)
          let compared: ClaimCursor | undefined
          for (const row of rows) {
            if (yield* isFree(row)) found.push(row.id)
            if (found.length === limit) return choice()
            if (isSpent(work)) {
              // The next search begins with the first batch again, so that its end is nothing to go on from.
              if (found.length === 0 && after !== start && compared !== undefined) stopped.set(kind, compared)
              return choice(true)
            }
            compared = row
          }
          const last = rows.length < size ? undefined : rows.at(-1)
          // At the end, the next search begins anew: what this one skipped may have changed. One that found steps leaves its cursor, so
          // that the next one finds them again.
          if (last === undefined) return choice(found.length === 0 && stopped.delete(kind))
          after = (after === start ? stopped.get(kind) : undefined) ?? last
        }
        if (found.length === 0) stopped.set(kind, after)
        return choice(true)
      })
  }
})
