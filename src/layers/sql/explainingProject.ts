import type { SqlError } from "@effect/sql/SqlError"
import * as Effect from "effect/Effect"
import { bottlenecks } from "../../domain/Bottlenecks.ts"
import { fitting } from "../../domain/Brief.ts"
import { criticalPath } from "../../domain/CriticalPath.ts"
import type { Project } from "../../domain/Entities.ts"
import { NotFound } from "../../domain/Errors.ts"
import type { FailedBlocker, ProjectExplanation } from "../../domain/Explanations.ts"
import type { ProjectName } from "../../domain/Ids.ts"
import { type Dependency, stepGraph } from "../../domain/StepGraph.ts"
import { blockedByFailed } from "./blockedByFailed.ts"
import type { Transaction } from "./Database.ts"
import * as rows from "./rows.ts"
import { awaited, projectWithCounts } from "./sqlText.ts"
import type { Tables } from "./Tables.ts"

const maxOnPath = 30
const maxBlocking = 10

/** Bytes of a tool's result: see `fitting`. */
const roomForPath = 7000
const roomForBlocking = 5000

interface OpenRow extends rows.AwaitedRow {
  readonly estimate_minutes: number | null
}

/** A project as one snapshot has it. */
interface Open {
  readonly project: Project
  /** What is not done or cancelled, and what waits to be merged where others wait for that. */
  readonly steps: ReadonlyArray<OpenRow>
  /** On what is not done, or not merged. */
  readonly dependencies: ReadonlyArray<Dependency>
  readonly blocked_by_failed: ReadonlyArray<FailedBlocker>
}

/** What decides when a project is finished. Reads all of it that is not done, since that is what was asked for. */
export const explainingProject = (t: Tables) => {
  const projectOf = `SELECT ${projectWithCounts(t)} FROM ${t.projects} p WHERE p.name = ?`
  const stepsOf = `
    SELECT ${awaited("s")}, s.estimate_minutes FROM ${t.steps} s
    WHERE s.project_id = ? AND (s.status IN ('not_started', 'claimed', 'in_progress', 'failed')
      OR s.status = 'completed' AND ? = 'merged')`
  const dependenciesOf = `
    SELECT d.step_id, d.depends_on_step_id FROM ${t.steps} s CROSS JOIN ${t.dependencies} d ON d.step_id = s.id
    WHERE s.project_id = ? AND s.status = 'not_started' AND s.unmet_dependencies > 0`
  const failedOf = blockedByFailed(t)

  return {
    read: (tx: Transaction, name: ProjectName): Effect.Effect<Open, NotFound | SqlError> =>
      Effect.gen(function* () {
        const row = yield* tx.first<rows.ProjectRow>(projectOf, [name])
        if (row === undefined) return yield* new NotFound({ entity: "project", key: name })
        const project = rows.project(row)
        return {
          project,
          steps: yield* tx.all<OpenRow>(stepsOf, [row.id, row.unblock_on]),
          dependencies: yield* tx.all<Dependency>(dependenciesOf, [row.id]),
          blocked_by_failed: yield* failedOf(tx, project)
        }
      }),

    /** Takes its time: to be run once the snapshot is left. */
    explain: ({ blocked_by_failed, dependencies, project, steps }: Open): ProjectExplanation => {
      // What is completed takes no more time.
      const weighed = steps.map(({ estimate_minutes, status, step_id }) => ({
        id: step_id,
        estimate_minutes: status === "completed" ? 0 : (estimate_minutes ?? undefined)
      }))
      const graph = stepGraph(weighed, dependencies)
      const byId = new Map(steps.map((row) => [row.step_id, row]))
      const shown = (id: number) => rows.awaited(byId.get(id) as OpenRow)
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
          steps: fitting(path.slice(0, maxOnPath).map(shown), roomForPath)
        },
        blocking_most: fitting(
          blocking.steps.map(({ id, blocks }) => ({ ...shown(id), blocks_count: blocks })),
          roomForBlocking
        ),
        ...(blocking.isComplete ? {} : { blocking_most_incomplete: true }),
        blocked_by_failed
      }
    }
  }
}
