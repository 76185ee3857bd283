import type { SqlError } from "@effect/sql/SqlError"
import * as Effect from "effect/Effect"
import type { Step } from "../../domain/Entities.ts"
import { NotFound } from "../../domain/Errors.ts"
import type { ProjectStatus } from "../../domain/Status.ts"
import { metadata, projectWithCounts, stepWithDependencies } from "../store/fragments.ts"
import type { Parameter } from "../store/Query.ts"
import * as rows from "../store/rows.ts"
import { perStore } from "../store/Sql.ts"
import type { Transaction } from "../store/Store.ts"

/** Refused completions that a step shows at most. */
const maxRefused = 10

/** What further questions about a project start from. */
export interface FoundProject {
  readonly id: number
  readonly name: string
  readonly status: ProjectStatus
}

/** Looks up what a request names; fails with NotFound if it is absent. */
export const lookup = perStore((sql) => {
  const projectOf = `SELECT id, name, status FROM ${sql.projects} WHERE name = ?`
  const projectById = `SELECT id, name, status FROM ${sql.projects} WHERE id = ?`
  const wholeProjectOf = `SELECT ${projectWithCounts(sql)} FROM ${sql.projects} p WHERE p.name = ?`
  const stepOf = `SELECT * FROM ${sql.steps} WHERE id = ?`
  const refused = sql.jsonObject({
    agent_id: "agent_id",
    attempt: metadata(sql, "attempt", "integer"),
    commit_hash: metadata(sql, "commit_hash"),
    timestamp: "timestamp"
  })
  const refusedCompletions = `(SELECT ${sql.jsonArrayOf(refused)} FROM (
    SELECT * FROM (SELECT * FROM ${sql.agent_events} e WHERE e.step_id = s.id AND event_type = 'refused_completion'
      ORDER BY id DESC LIMIT ${maxRefused}) latest ORDER BY id) refused)`
  const wholeStepOf = `
    SELECT ${stepWithDependencies(sql)}, ${refusedCompletions} AS refused_completions FROM ${sql.steps} s WHERE s.id = ?`

  const find =
    <Row extends object>(entity: NotFound["entity"], statement: string) =>
    (tx: Transaction, key: Parameter & NotFound["key"]): Effect.Effect<Row, NotFound | SqlError> =>
      Effect.flatMap(tx.first<Row>(statement, [key]), (row) =>
        row === undefined ? new NotFound({ entity, key }) : Effect.succeed(row)
      )

  const step =
    (statement: string) =>
    (tx: Transaction, id: number): Effect.Effect<Step, NotFound | SqlError> =>
      Effect.map(find<rows.StepRow>("step", statement)(tx, id), rows.step)

  return {
    /** @param key the project's name */
    project: find<FoundProject>("project", projectOf),
    /** @param key the project's id */
    projectById: find<FoundProject>("project", projectById),
    /** The project with its counts. @param key its name */
    wholeProject: find<rows.ProjectRow>("project", wholeProjectOf),
    step: step(stepOf),
    /** The step with the numbers of those it depends on. */
    wholeStep: step(wholeStepOf)
  }
})
