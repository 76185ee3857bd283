import type { SqlError } from "@effect/sql/SqlError"
import * as Effect from "effect/Effect"
import type { Step } from "../../domain/Entities.ts"
import { NotFound } from "../../domain/Errors.ts"
import type { ProjectStatus } from "../../domain/Status.ts"
import { projectWithCounts } from "../store/fragments.ts"
import * as rows from "../store/rows.ts"
import type { Transaction } from "../store/Store.ts"
import type { Tables } from "../store/Tables.ts"

/** What other questions about a project start from. */
export interface FoundProject {
  readonly id: number
  readonly name: string
  readonly status: ProjectStatus
}

/** Finds what a request names, or says that it is not there. */
export const finding = (t: Tables) => {
  const projectOf = `SELECT id, name, status FROM ${t.projects} WHERE name = ?`
  const wholeProjectOf = `SELECT ${projectWithCounts(t)} FROM ${t.projects} p WHERE p.name = ?`
  const stepOf = `SELECT * FROM ${t.steps} WHERE id = ?`
  const projectBy =
    <Row extends object>(statement: string) =>
    (tx: Transaction, name: string): Effect.Effect<Row, NotFound | SqlError> =>
      Effect.flatMap(tx.first<Row>(statement, [name]), (row) =>
        row === undefined ? new NotFound({ entity: "project", key: name }) : Effect.succeed(row)
      )
  return {
    project: projectBy<FoundProject>(projectOf),
    /** With all that is told of it. */
    wholeProject: projectBy<rows.ProjectRow>(wholeProjectOf),
    step: (tx: Transaction, id: number): Effect.Effect<Step, NotFound | SqlError> =>
      Effect.flatMap(tx.first<rows.StepRow>(stepOf, [id]), (row) =>
        row === undefined ? new NotFound({ entity: "step", key: id }) : Effect.succeed(rows.step(row))
      )
  }
}
