import type { SqlError } from "@effect/sql/SqlError"
import * as Effect from "effect/Effect"
import type { BlockerInProject, FailedBlocker, ProjectExplanation } from "../../domain/answers/Explanations.ts"
import type { Project } from "../../domain/Entities.ts"
import type { NotFound } from "../../domain/Errors.ts"
import type { ProjectName, StepId } from "../../domain/Ids.ts"
import { bottlenecks } from "../../domain/plan/Bottlenecks.ts"
import { criticalPath } from "../../domain/plan/CriticalPath.ts"
import { type Dependency, stepGraph } from "../../domain/plan/StepGraph.ts"
import { takeWithin } from "../../domain/ResponseBudget.ts"
import { failedBlockers } from "../plan/failedBlockers.ts"
import { lookup } from "../plan/lookup.ts"
import { awaited } from "../store/fragments.ts"
import * as rows from "../store/rows.ts"
import { perStore } from "../store/Sql.ts"
import type { Transaction } from "../store/Store.ts"

const maxOnPath = 30
const maxBlocking = 10

/** Bytes of a tool's result: see `takeWithin`. */
const roomForPath = 7000
const roomForBlocking = 5000

/** What is left of a project, read in one snapshot. Columns are JSON arrays of numbers. */
interface Remaining {
  readonly project: Project
  /** Steps that are not done or cancelled; also completed ones if dependents wait for their merge. */
  readonly steps: Readonly<Record<"ids" | "numbers" | "minutes", string>>
  /** Those of them that have begun. */
  readonly begun: ReadonlyArray<rows.AwaitedRow>
  /** Unmet dependencies. */
  readonly dependencies: Readonly<Record<"waiting" | "needed", string>>
  readonly blocked_by_failed: ReadonlyArray<FailedBlocker>
}

const parsed = (json: string): ReadonlyArray<number> => JSON.parse(json)

const stepsOf = ({ ids, minutes, numbers }: Remaining["steps"]) => {
  const [nums, estimates] = [parsed(numbers), parsed(minutes)]
  return parsed(ids).map((id, at) => ({
    id,
    step_num: nums[at] as number,
    estimate_minutes: estimates[at] as number
  }))
}

const dependenciesOf = ({ needed, waiting }: Remaining["dependencies"]): ReadonlyArray<Dependency> => {
  const others = parsed(needed)
  return parsed(waiting).map((step_id, at) => ({ step_id, depends_on_step_id: others[at] as number }))
}

/** Explains what decides when a project is finished. Reads everything that is left of it. */
export const explainProject = perStore((sql) => {
  const find = lookup(sql)
  const isLeft =
    "(s.status IN ('not_started', 'claimed', 'in_progress', 'failed') OR s.status = 'completed' AND ? = 'merged')"
  // Columns as JSON arrays: a row for each would take four times as long, and as much memory.
  const column = sql.jsonArrayOf
  const weight = `(SELECT default_minutes FROM ${sql.projects} p WHERE p.id = s.project_id)`
  // A completed step takes no more time.
  const left = `
    SELECT ${column("s.id")} AS ids, ${column("s.step_num")} AS numbers,
      ${column(`CASE WHEN s.status = 'completed' THEN 0 ELSE coalesce(s.estimate_minutes, ${weight}) END`)} AS minutes
    FROM ${sql.steps} s WHERE s.project_id = ? AND ${isLeft}`
  const begun = `
    SELECT ${awaited("s")} FROM ${sql.steps} s WHERE s.project_id = ? AND s.status <> 'not_started' AND ${isLeft}`
  const unmet = `
    SELECT ${column("d.step_id")} AS waiting, ${column("d.depends_on_step_id")} AS needed
    FROM ${sql.steps} s ${sql.join} ${sql.dependencies} d ON d.step_id = s.id
    WHERE s.project_id = ? AND s.status = 'not_started' AND s.unmet_dependencies > 0`
  const titles = `
    SELECT id, title FROM ${sql.steps} WHERE title IS NOT NULL AND id IN (SELECT value FROM ${sql.items("?", "named", "integer")})`
  const failedOf = failedBlockers(sql)

  return {
    read: (tx: Transaction, name: ProjectName): Effect.Effect<Remaining, NotFound | SqlError> =>
      Effect.gen(function* () {
        const row = yield* find.wholeProject(tx, name)
        const project = rows.project(row)
        const values = [row.id, row.unblock_on]
        // An aggregate always has a row.
        return {
          project,
          steps: (yield* tx.first<Remaining["steps"]>(left, values)) as Remaining["steps"],
          begun: yield* tx.all<rows.AwaitedRow>(begun, values),
          dependencies: (yield* tx.first<Remaining["dependencies"]>(unmet, [row.id])) as Remaining["dependencies"],
          blocked_by_failed: yield* failedOf(tx, project)
        }
      }),

    /** Takes long for a large project: run it after the snapshot. The steps that it names and that have not begun are without their titles. */
    explain: ({ begun, blocked_by_failed, project, ...left }: Remaining): ProjectExplanation => {
      const steps = stepsOf(left.steps)
      const graph = stepGraph(steps, dependenciesOf(left.dependencies))
      const byId = new Map<number, BlockerInProject>(begun.map((row) => [row.step_id, rows.awaited(row)]))
      const numbers = new Map<number, number>(steps.map(({ id, step_num }) => [id, step_num]))
      const shown = (id: number): BlockerInProject =>
        byId.get(id) ?? { step_id: id as StepId, step_num: numbers.get(id) as number, status: "not_started" }
      const { minutes, steps: chain } = criticalPath(graph)
      const path = chain.filter((id) => byId.get(id)?.status !== "completed")
      const blocking = bottlenecks(graph, maxBlocking)
      return {
        project: project.name,
        status: project.status,
        total_steps: project.total_steps,
        step_counts: project.step_counts,
        critical_path: {
          minutes,
          length: path.length,
          steps: path.slice(0, maxOnPath).map(shown)
        },
        blocking_most: blocking.steps.map(({ id, blocks }) => ({ ...shown(id), blocks_count: blocks })),
        ...(blocking.isComplete ? {} : { blocking_most_incomplete: true }),
        blocked_by_failed
      }
    },

    /** Gives the steps that have not begun their titles, and keeps as many steps as there is room for. */
    named: (tx: Transaction, explained: ProjectExplanation): Effect.Effect<ProjectExplanation, SqlError> => {
      const { blocking_most, critical_path } = explained
      const ids = [...critical_path.steps, ...blocking_most].map(({ step_id }) => step_id)
      return Effect.map(tx.all<{ id: number; title: string }>(titles, [JSON.stringify(ids)]), (found) => {
        const byId = new Map(found.map(({ id, title }) => [id, title]))
        const titled = <Step extends BlockerInProject>(step: Step): Step => {
          const title = step.title ?? byId.get(step.step_id)
          return title === undefined ? step : { ...step, title }
        }
        return {
          ...explained,
          critical_path: { ...critical_path, steps: takeWithin(critical_path.steps.map(titled), roomForPath) },
          blocking_most: takeWithin(blocking_most.map(titled), roomForBlocking)
        }
      })
    }
  }
})
