import type { SqlError } from "@effect/sql/SqlError"
import * as Effect from "effect/Effect"
import type { Step } from "../../domain/Entities.ts"
import { NotFound } from "../../domain/Errors.ts"
import type { ProjectStatus } from "../../domain/Status.ts"
import { projectWithCounts, stepColumns, stepWithDependencies } from "../store/fragments.ts"
import type { Parameter } from "../store/Query.ts"
import * as rows from "../store/rows.ts"
import { perStore } from "../store/Sql.ts"
import type { Transaction } from "../store/Store.ts"

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
  const stepOf = `SELECT ${stepColumns("s")} FROM ${sql.steps} s WHERE id = ?`
  const wholeStepOf = `SELECT s.description, ${stepWithDependencies(sql)} FROM ${sql.steps} s WHERE s.id = ?`

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
    /** The step with its description and the numbers of those it depends on. */
    wholeStep: step(wholeStepOf)
  }
})
