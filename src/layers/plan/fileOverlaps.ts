import type { SqlError } from "@effect/sql/SqlError"
import * as Effect from "effect/Effect"
import type { FileOverlap } from "../../domain/answers/Reasons.ts"
import type { Overlap, Step } from "../../domain/Entities.ts"
import * as Globs from "../../domain/Globs.ts"
import { awaited, live } from "../store/fragments.ts"
import * as rows from "../store/rows.ts"
import { perStore } from "../store/Sql.ts"
import type { Transaction } from "../store/Store.ts"

/** Overlaps that an answer names at most. */
const maxNamed = 20

/** Completed, unmerged steps that a completed one is compared with at most, the latest first. */
const maxUnmerged = 1000

/** Dependencies, direct or not, that are left out at most, because the completed step builds on them. */
const maxAncestors = 10_000

/** A list of globs, ready to be compared. */
class Declared {
  readonly globs: ReadonlyArray<Globs.Files>
  #find: ReturnType<typeof Globs.finder> | undefined

  constructor(json: string) {
    this.globs = rows.texts(json).map(Globs.ofGlob)
  }

  /** Finds an overlap with another list. */
  get find(): ReturnType<typeof Globs.finder> {
    this.#find ??= Globs.finder(this.globs)
    return this.#find
  }
}

/** Lists by their JSON, so that each is parsed once, however often steps are claimed. */
const known = new Map<string, Declared>()

/** Characters of the lists that are cached at most; beyond that, all of them go. */
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

/** A held step of a project. A person at the shell may have left out who has it, and since when. */
interface AtWork extends rows.BlockerRow {
  /** JSON array of globs. */
  readonly files: string
}

const overlapColumns = ["step_id", "step_num", "branch", "status", "agent_id"] as const

type Compared = Pick<rows.StepRow, "step_num" | "branch" | "status" | "agent_id" | "files" | "files_modified"> & {
  readonly step_id: number
}

/** Compares the declared files of a step with those of the held steps. */
export interface InUse {
  /** The held steps whose files overlap the globs, and in which files. @param files JSON array of globs */
  readonly by: (files: string | null) => ReadonlyArray<FileOverlap>
}

/** Whether it is known which files the step changed or is to change. */
export const hasFiles = ({ files, files_modified }: Step): boolean => (files_modified ?? files ?? []).length > 0

/** Finds which steps change the same files. */
export const fileOverlaps = perStore((sql) => {
  const liveFiles = sql.indexed("steps_live_files")
  const atWork = `
    SELECT ${awaited("s")}, p.name AS project, s.files
    FROM ${sql.steps} s ${liveFiles} ${sql.join} ${sql.projects} p ON p.id = s.project_id
    WHERE s.project_id = ? AND s.${live} AND s.files IS NOT NULL ORDER BY s.step_num`
  // Without the notes, which can be a thousand times 64 KiB.
  const compared = "step_num, branch, status, agent_id, files, files_modified"
  const others = `
    SELECT step_id, ${compared} FROM (SELECT id AS step_id, ${compared} FROM ${sql.steps} ${liveFiles}
      WHERE project_id = ? AND ${live} AND files IS NOT NULL) held
    UNION ALL
    SELECT step_id, ${compared} FROM (SELECT id AS step_id, ${compared} FROM ${sql.steps} ${sql.indexed("steps_unmerged")}
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
    /** What the held steps of the project are to change. */
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

    /** Other steps of the project, held or not merged yet, that changed or are to change what this one has changed. */
    withCompleted: (tx: Transaction, step: Step): Effect.Effect<ReadonlyArray<Overlap>, SqlError> =>
      Effect.gen(function* () {
        const own = step.files_modified?.map(Globs.ofPath) ?? step.files?.map(Globs.ofGlob) ?? []
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
