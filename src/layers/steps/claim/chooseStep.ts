import type { SqlError } from "@effect/sql/SqlError"
import * as Effect from "effect/Effect"
import type { FileOverlap } from "../../../domain/answers/Reasons.ts"
import type { ClaimStep } from "../../../domain/Requests.ts"
import { fileOverlaps, type InUse } from "../../plan/fileOverlaps.ts"
import { type Place, type Query, readySteps, start } from "../../plan/readySteps.ts"
import { claimOrder, live, ready } from "../../store/fragments.ts"
import type { Parameter, Transaction } from "../../store/Store.ts"
import type { Tables } from "../../store/Tables.ts"

export const isNamed = ({ step_id, step_num }: ClaimStep): boolean => step_id !== undefined || step_num !== undefined

/** Any step of the project will do, or of all projects. */
export const isAny = (request: ClaimStep): boolean => request.scopes === undefined && !isNamed(request)

/**
 * Ready steps that are looked at to begin with, where the first of them may not be claimed, then more at a time; and how many of them
 * a claim looks at that finds none, so that it takes no longer the more there are. The next claim goes on from there.
 */
const looks = [20, 80, 320, 1280]

export interface Choice {
  /** Ids of the steps that may be claimed, the best first. */
  readonly found: ReadonlyArray<number>
  /** Why ready steps were passed over, where none was found: the steps at work, each once. */
  readonly inTheWay: ReadonlyArray<FileOverlap>
  /** There are ready steps that were not looked at. */
  readonly isMore: boolean
}

interface Candidate extends Place {
  readonly id: number
  /** JSON array of globs. */
  readonly files: string | null
}

/** Finds the ready step that a request is for. */
export const choosing = (t: Tables) => {
  const first = readySteps(t)
  const { inUse } = fileOverlaps(t)
  /** Where the latest claim of that kind stopped to look. */
  const stopped = new Map<string, Place>()
  const candidates = `SELECT line.*, s.files FROM line CROSS JOIN ${t.steps} s ON s.id = line.id`

  const named = ({ project, step_id, step_num }: ClaimStep): Query => {
    const filters: ReadonlyArray<readonly [column: string, value: Parameter | undefined]> = [
      ["p.name", project],
      ["s.id", step_id],
      ["s.step_num", step_num]
    ]
    const given = filters.filter(([, value]) => value !== undefined)
    return {
      statement: `
        SELECT s.id, s.project_id, s.files FROM ${t.projects} p JOIN ${t.steps} s ON s.project_id = p.id
        WHERE p.status = 'active' AND ${ready("s")} ${given.map(([column]) => `AND ${column} = ?`).join(" ")}`,
      values: given.map(([, value]) => value as Parameter)
    }
  }

  return {
    /**
     * SQL of the best ready step's id by the project's name; NULL as well where its files may be in use, so that a claim is one
     * statement unless files are declared.
     */
    next: `
      SELECT id FROM (SELECT s.id, s.project_id, s.files FROM ${t.steps} s
        WHERE s.project_id = (SELECT id FROM ${t.projects} WHERE name = ? AND status = 'active') AND ${ready("s")}
        ORDER BY ${claimOrder("s")} LIMIT 1) best
      WHERE files IS NULL OR NOT EXISTS (SELECT 1 FROM ${t.steps} INDEXED BY ${t.prefix}steps_live_files
        WHERE project_id = best.project_id AND ${live} AND files IS NOT NULL)`,

    /**
     * The first of the ready steps that the request is for, in claim order, whose files nobody at work changes.
     * @param most up to that many of them
     */
    among: (tx: Transaction, request: ClaimStep, most = 1): Effect.Effect<Choice, SqlError> =>
      Effect.gen(function* () {
        const found: Array<number> = []
        const clashes = new Map<number, FileOverlap>()
        const projects = new Map<number, InUse>()
        const isApart = ({ files, project_id }: Pick<Candidate, "files" | "project_id">) =>
          Effect.gen(function* () {
            if (files === null || request.allow_overlap === true) return true
            const used = projects.get(project_id) ?? (yield* inUse(tx, project_id))
            projects.set(project_id, used)
            const others = used.by(files)
            for (const clash of others) clashes.set(clash.step.step_id, clash)
            return others.length === 0
          })
        const choice = (isMore = false): Choice => ({
          found,
          inTheWay: found.length > 0 ? [] : [...clashes.values()],
          isMore
        })
        if (isNamed(request)) {
          const { statement, values } = named(request)
          const row = yield* tx.first<Candidate>(statement, values)
          if (row !== undefined && (yield* isApart(row))) found.push(row.id)
          return choice()
        }
        const kind = JSON.stringify([request.project, request.scopes])
        let after: Place = start
        for (const size of looks) {
          const { statement, values } = first(request, after, size, candidates)
          const rows = yield* tx.all<Candidate>(statement, values)
          for (const row of rows) {
            if (yield* isApart(row)) found.push(row.id)
            if (found.length === most) return choice()
          }
          const last = rows.length < size ? undefined : rows.at(-1)
          // At the end, the next claim begins anew: what this one jumped over may have changed.
          if (last === undefined) return choice(stopped.delete(kind))
          after = (after === start ? stopped.get(kind) : undefined) ?? last
        }
        stopped.set(kind, after)
        return choice(true)
      })
  }
}
