import type { SqlError } from "@effect/sql/SqlError"
import * as Effect from "effect/Effect"
import type { OverlappingSteps } from "../../domain/answers/Overviews.ts"
import type { FileOverlap } from "../../domain/answers/Reasons.ts"
import type { Blocker } from "../../domain/Claim.ts"
import type { Overlap, Step } from "../../domain/Entities.ts"
import type { Work } from "../../domain/GlobOverlaps.ts"
import * as GlobOverlaps from "../../domain/GlobOverlaps.ts"
import * as Globs from "../../domain/Globs.ts"
import { awaited, live } from "../store/fragments.ts"
import { loopTurn } from "../store/loopTurn.ts"
import * as rows from "../store/rows.ts"
import { perStore } from "../store/Sql.ts"
import type { Transaction } from "../store/Store.ts"
import * as GlobCache from "./GlobCache.ts"

/** Overlaps that an answer names at most. */
const maxNamed = 20

/** Completed, unmerged steps that a completed one is compared with at most, the latest first. */
const maxUnmerged = 1000

/** Completed, unmerged steps of a project that are compared with each other at most, and pairs that are named. */
const maxOfProject = { unmerged: 200, pairs: 100 }

/** Dependencies, direct or not, that are left out at most, because the completed step builds on them. */
const maxAncestors = 10_000

/** Held steps that are read at once. */
const pageSize = 100

/** Units of work (`Work`) of all comparisons of one body that writes: about 10 ms. Beyond that, files count as in use. */
export const unitsOfWrite = 2_000_000

/** Units of work of one comparison that holds no lock. */
const unitsOfRead = 5_000_000

/** Units of work after which a settling of pairs ends, and of one turn of the event loop within it. */
const unitsOfSettling = 50_000_000
const unitsOfTurn = 2_000_000

/** Pairs, and characters of lists, that wait to be settled at most. */
const maxPending = { pairs: 2_000, characters: 4_000_000 }

/** A held step of a project. A person at the shell may have left out who has it, and since when. */
interface AtWork extends rows.BlockerRow {
  /** JSON array of globs. */
  readonly files: string
}

const overlapColumns = ["step_id", "step_num", "branch", "status", "agent_id"] as const

type Compared = Pick<rows.StepRow, "step_num" | "branch" | "status" | "agent_id" | "files"> & {
  readonly step_id: number
  readonly files_modified: string | null
}

/** Does what there is to do, as far as the work suffices, in short turns of the event loop. */
const inTurns = (tasks: ReadonlyArray<(work: Work) => void>) =>
  Effect.gen(function* () {
    const work: Work = { left: unitsOfSettling }
    let before = work.left
    for (const task of tasks) {
      if (GlobOverlaps.isSpent(work)) return
      task(work)
      if (before - work.left < unitsOfTurn) continue
      before = work.left
      yield* loopTurn
    }
  })

/** Compares the declared files of a step with those of the held steps. */
export interface InUse {
  /**
   * The held steps whose files overlap the globs, and in which files. Once the work is spent, what was not compared counts as an
   * overlap. In the order of their numbers. @param files JSON array of globs
   */
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
    WHERE s.project_id = ? AND s.${live} AND s.files IS NOT NULL AND s.step_num > ? ORDER BY s.step_num LIMIT ${pageSize}`
  // Without the notes, which can be a thousand times 64 KiB.
  const compared = "step_num, branch, status, agent_id, files, files_modified"
  const changing = (unmerged: number) => `
    SELECT step_id, ${compared} FROM (SELECT id AS step_id, ${compared} FROM ${sql.steps} ${liveFiles}
      WHERE project_id = ? AND ${live} AND files IS NOT NULL) held
    UNION ALL
    SELECT step_id, ${compared} FROM (SELECT id AS step_id, ${compared} FROM ${sql.steps} ${sql.indexed("steps_unmerged")}
      WHERE project_id = ? AND status = 'completed' ORDER BY completed_at DESC NULLS LAST LIMIT ${unmerged}) unmerged`
  const others = changing(maxUnmerged)
  const ofProject = changing(maxOfProject.unmerged)
  const above = sql.recursive({
    name: "above",
    columns: "id",
    first: `SELECT depends_on_step_id FROM ${sql.dependencies} WHERE step_id = ?`,
    next: `SELECT d.depends_on_step_id FROM above ${sql.join} ${sql.dependencies} d ON d.step_id = above.id`,
    limit: maxAncestors
  })
  const ancestors = `${above.clause} SELECT id FROM ${above.rows}`

  const cache = GlobCache.make()
  /** Pairs and lists that a comparison had no work left for. */
  let pairs: Array<GlobOverlaps.Unsettled> = []
  let unparsed = new Set<string>()
  let unparsedCharacters = 0

  /** The globs of a list; undefined if the work does not suffice to parse them. */
  const globs = (json: string, work: Work): GlobOverlaps.Listed => {
    const found = cache.get(json, work)
    if (found === undefined && !unparsed.has(json) && unparsedCharacters < maxPending.characters) {
      unparsed.add(json)
      unparsedCharacters += json.length
    }
    return found
  }

  const paths = (json: string, work: Work) => {
    GlobOverlaps.spend(work, json.length)
    return rows.texts(json).map(Globs.ofPath)
  }

  /** What a step has changed; what it is to change if that is not known. */
  const changedBy = ({ files, files_modified }: Compared, work: Work) =>
    files_modified === null ? globs(files ?? "[]", work) : paths(files_modified, work)

  /** Ids of the steps that one builds on, directly or not. */
  const ancestorsOf = (tx: Transaction, id: number) =>
    Effect.map(tx.all<{ id: number }>(ancestors, [id]), (found) => new Set(found.map(({ id }) => id)))

  /** The held steps of the project, as far as the work suffices. Once it is spent, any list counts as an overlap, so the rest is not read. */
  const held = (tx: Transaction, projectId: number, work: Work) =>
    Effect.gen(function* () {
      const steps: Array<GlobOverlaps.Owned<Blocker>> = []
      for (let after = 0; ; ) {
        const page = yield* tx.all<AtWork>(atWork, [projectId, after])
        const last = page.at(-1)
        for (const row of page) steps.push({ owner: rows.blocker(row), globs: globs(row.files, work) })
        if (last === undefined || page.length < pageSize) return steps
        if (GlobOverlaps.isSpent(work)) return steps
        after = last.step_num
      }
    })

  return {
    /** What the held steps of the project are to change. @param work for all comparisons with them */
    inUse: (tx: Transaction, projectId: number, work: Work): Effect.Effect<InUse, SqlError> =>
      Effect.map(held(tx, projectId, work), (steps) => {
        const find = GlobOverlaps.finder(steps, work)
        return {
          by: (files) => {
            if (files === null) return []
            const { found, unsettled } = find(globs(files, work))
            if (pairs.length < maxPending.pairs) pairs.push(...unsettled)
            return Array.from(found, ([step, files]) => ({ step, files })).sort(
              (one, other) => one.step.step_num - other.step.step_num
            )
          }
        }
      }),

    /**
     * Compares what `inUse` had no work left for, so that it knows the answer from then on. Holds neither a lock nor, for longer than some
     * milliseconds, the event loop. Returns whether there was anything to compare.
     */
    settle: Effect.suspend(() => {
      const tasks = [
        ...Array.from(unparsed, (json) => (work: Work) => void cache.get(json, work)),
        ...pairs.map((pair) => (work: Work) => GlobOverlaps.settle(pair, work))
      ]
      pairs = []
      unparsed = new Set()
      unparsedCharacters = 0
      return tasks.length === 0 ? Effect.succeed(false) : Effect.as(inTurns(tasks), true)
    }),

    /** Other steps of the project, held or not merged yet, that changed or are to change what this one has changed. */
    withCompleted: (tx: Transaction, step: Step): Effect.Effect<ReadonlyArray<Overlap>, SqlError> =>
      Effect.gen(function* () {
        const work: Work = { left: unitsOfRead }
        const own = step.files_modified?.map(Globs.ofPath) ?? step.files?.map(Globs.ofGlob) ?? []
        const find = GlobOverlaps.finder([{ owner: step, globs: own }], work)
        const found = (yield* tx.all<Compared>(others, [step.project_id, step.project_id])).flatMap((row) => {
          if (row.step_id === step.id) return []
          const { found } = find(changedBy(row, work))
          return Array.from(found.values(), (overlap) => [row, overlap] as const)
        })
        if (found.length === 0) return []
        const above = yield* ancestorsOf(tx, step.id)
        return found
          .filter(([{ step_id }]) => !above.has(step_id))
          .slice(0, maxNamed)
          .map(([row, [other_file, file]]) => ({
            ...(rows.present(row, overlapColumns) as Omit<Overlap, "file" | "other_file">),
            file,
            other_file
          }))
      }),

    /** Pairs of a project's steps, held or not merged yet, that change the same files, and of which neither builds on the other. */
    inProject: (tx: Transaction, projectId: number): Effect.Effect<ReadonlyArray<OverlappingSteps>, SqlError> =>
      Effect.gen(function* () {
        const work: Work = { left: unitsOfRead }
        const steps = (yield* tx.all<Compared>(ofProject, [projectId, projectId])).map((owner) => ({
          owner,
          globs: changedBy(owner, work)
        }))
        const find = GlobOverlaps.finder(steps, work)
        const shown = (step: Compared) => rows.present(step, overlapColumns)
        const pairs: Array<OverlappingSteps> = []
        for (const { globs, owner: step } of steps) {
          const later = [...find(globs).found].filter(([other]) => other.step_num > step.step_num)
          if (later.length === 0) continue
          const above = yield* ancestorsOf(tx, step.step_id)
          for (const [other, [file, other_file]] of later) {
            if (above.has(other.step_id) || (yield* ancestorsOf(tx, other.step_id)).has(step.step_id)) continue
            pairs.push({ ...shown(step), file, other: shown(other), other_file } as unknown as OverlappingSteps)
            if (pairs.length === maxOfProject.pairs) return pairs
          }
        }
        return pairs
      })
  }
})
