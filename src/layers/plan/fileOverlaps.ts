import type { SqlError } from "@effect/sql/SqlError"
import * as Effect from "effect/Effect"
import type { FileOverlap } from "../../domain/answers/Reasons.ts"
import type { Overlap, Step } from "../../domain/Entities.ts"
import * as Globs from "../../domain/plan/Globs.ts"
import { awaited, live } from "../store/fragments.ts"
import * as rows from "../store/rows.ts"
import { perStore } from "../store/Sql.ts"
import type { Transaction } from "../store/Store.ts"

/** Overlaps that an answer names at most. */
const maxNamed = 20

/** Steps that are completed and not merged, the latest first, that a completed one is compared with. */
const maxUnmerged = 1000

/** Steps that are left out because the completed one builds on them; those that it depends on from further away are few. */
const maxAncestors = 10_000

/** A list of globs, ready to be compared. */
class Declared {
  readonly globs: ReadonlyArray<Globs.Files>
  #find: ReturnType<typeof Globs.finder> | undefined

  constructor(json: string) {
    this.globs = rows.texts(json).map(Globs.ofGlob)
  }

  /** Looks for them in other lists. */
  get find(): ReturnType<typeof Globs.finder> {
    this.#find ??= Globs.finder(this.globs)
    return this.#find
  }
}

/** Lists by their JSON: worked out once, however often steps are claimed. */
const known = new Map<string, Declared>()

/** Characters of the lists that are kept; all of them go once there are more. */
const maxKnown = 4_000_000
let knownLength = 0

const declared = (json: string): Declared => {
  const found = known.get(json)
  if (found !== undefined) return found
  if (knownLength > maxKnown) {
    known.clear()
    knownLength = 0
  }
  const made = new Declared(json)
  known.set(json, made)
  knownLength += json.length
  return made
}

const globs = (json: string | null): ReadonlyArray<Globs.Files> => (json === null ? [] : declared(json).globs)

/** A step at work in a project; a person at the shell may have left out who has it, and since when. */
interface AtWork extends rows.BlockerRow {
  /** JSON array of globs. */
  readonly files: string
}

const overlapColumns = ["step_id", "step_num", "branch", "status", "agent_id"] as const

type Compared = Pick<rows.StepRow, "step_num" | "branch" | "status" | "agent_id" | "files" | "files_modified"> & {
  readonly step_id: number
}

/** Compares the declared files of a step with those of the steps at work. */
export interface InUse {
  /** The steps at work whose files overlap those of the globs, and in which. @param files JSON array of globs */
  readonly by: (files: string | null) => ReadonlyArray<FileOverlap>
}

/** Finds which steps change the same files. */
export const fileOverlaps = perStore((sql) => {
  const liveFiles = sql.indexed("steps_live_files")
  const atWork = `
    SELECT ${awaited("s")}, p.name AS project, s.files
    FROM ${sql.steps} s ${liveFiles} ${sql.join} ${sql.projects} p ON p.id = s.project_id
    WHERE s.project_id = ? AND s.${live} AND s.files IS NOT NULL ORDER BY s.step_num`
  // Without the notes, which can be a thousand times 64 KiB.
  const compared = `${overlapColumns.join(", ")}, files, files_modified`
  const others = `
    SELECT ${compared} FROM (SELECT id AS step_id, * FROM ${sql.steps} ${liveFiles}
      WHERE project_id = ? AND ${live} AND files IS NOT NULL) held
    UNION ALL
    SELECT ${compared} FROM (SELECT id AS step_id, * FROM ${sql.steps} ${sql.indexed("steps_unmerged")}
      WHERE project_id = ? AND status = 'completed' ORDER BY completed_at DESC NULLS LAST LIMIT ${maxUnmerged}) unmerged`
  const above = sql.recursive({
    name: "above",
    columns: "id",
    first: `SELECT depends_on_step_id FROM ${sql.dependencies} WHERE step_id = ?`,
    next: `SELECT d.depends_on_step_id FROM above ${sql.join} ${sql.dependencies} d ON d.step_id = above.id`,
    limit: maxAncestors
  })
  const ancestors = `${above.clause} SELECT id FROM ${above.rows}`

  return {
    /** What the steps at work in the project change. */
    inUse: (tx: Transaction, projectId: number): Effect.Effect<InUse, SqlError> =>
      Effect.map(tx.all<AtWork>(atWork, [projectId]), (found) => {
        const steps = found.map((row) => [rows.blocker(row), declared(row.files).find] as const)
        return {
          by: (files) => {
            const own = globs(files)
            return steps.flatMap(([step, find]) => {
              const overlap = find(own)
              return overlap === undefined ? [] : [{ step, files: overlap }]
            })
          }
        }
      }),

    /** Other steps of the project, at work or not merged yet, that changed or are to change what this one has changed. */
    withCompleted: (tx: Transaction, step: Step): Effect.Effect<ReadonlyArray<Overlap>, SqlError> =>
      Effect.gen(function* () {
        const own = step.files_modified?.map(Globs.ofPath) ?? step.files?.map(Globs.ofGlob) ?? []
        if (own.length === 0) return []
        const find = Globs.finder(own)
        const found = (yield* tx.all<Compared>(others, [step.project_id, step.project_id])).flatMap((row) => {
          const overlap =
            row.step_id === step.id
              ? undefined
              : find(row.files_modified === null ? globs(row.files) : rows.texts(row.files_modified).map(Globs.ofPath))
          return overlap === undefined ? [] : [[row, overlap] as const]
        })
        if (found.length === 0) return []
        const above = new Set((yield* tx.all<{ id: number }>(ancestors, [step.id])).map(({ id }) => id))
        return found
          .filter(([{ step_id }]) => !above.has(step_id))
          .slice(0, maxNamed)
          .map(([row, [other_file, file]]) => ({
            ...(rows.present(row, overlapColumns) as Omit<Overlap, "file" | "other_file">),
            file,
            other_file
          }))
      })
  }
})
