import type { SqlError } from "@effect/sql/SqlError"
import * as Effect from "effect/Effect"
import type { Step } from "../../domain/Entities.ts"
import { NotFound } from "../../domain/Errors.ts"
import { lowerAscii } from "../../domain/Names.ts"
import { nearestOf } from "../../domain/nearest.ts"
import type { ProjectStatus } from "../../domain/Status.ts"
import { metadata, projectWithCounts, stepColumns, stepWithDependencies } from "../store/fragments.ts"
import type { Parameter } from "../store/Query.ts"
import * as rows from "../store/rows.ts"
import { perStore } from "../store/Sql.ts"
import type { Transaction } from "../store/Store.ts"
import { deleted } from "./deletion.ts"

/** Refused completions that a step shows at most. */
const maxRefused = 10

/** What further questions about a project start from. */
export interface FoundProject {
  readonly id: number
  readonly name: string
  readonly status: ProjectStatus
}

/** Names of projects that NotFound names at most. */
const maxNamed = 3

/** Names that the one which was not found is compared with: so many of each kind at most, however many projects there are. */
const maxNeighbours = 200

/** Looks up what a request names; fails with NotFound if it is absent. */
export const lookup = perStore((sql) => {
  const projectOf = `SELECT id, name, status FROM ${sql.projects} WHERE name = ? AND status <> ${deleted}`
  const caselessName = sql.caseless("name")
  const projectById = `SELECT id, name, status FROM ${sql.projects} WHERE id = ?`
  const wholeProjectOf = `SELECT ${projectWithCounts(sql)} FROM ${sql.projects} p WHERE p.name = ? AND p.status <> ${deleted}`
  const stepOf = `SELECT ${stepColumns("s")} FROM ${sql.steps} s WHERE id = ?`
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
    SELECT s.description, ${stepWithDependencies(sql)}, ${refusedCompletions} AS refused_completions FROM ${sql.steps} s WHERE s.id = ?`

  const neighbours = (before: string, order: string) => `
    SELECT name FROM (SELECT name FROM ${sql.projects} WHERE ${caselessName} ${before} ? AND status <> ${deleted} ORDER BY ${order} LIMIT ${maxNeighbours})`
  // By the alphabet, because most mistakes are at a name's end; and the first of list_projects.
  const candidates = `
    ${neighbours(">=", caselessName)} after UNION ALL ${neighbours("<", `${caselessName} DESC`)} before
    UNION ALL SELECT name FROM (SELECT name FROM ${sql.projects} WHERE priority <= ? AND status <> ${deleted} ORDER BY priority DESC, id DESC LIMIT ${maxNeighbours}) first`

  const noProject = (tx: Transaction, key: string): Effect.Effect<never, NotFound | SqlError> =>
    Effect.flatMap(
      tx.all<{ name: string }>(candidates, [lowerAscii(key), lowerAscii(key), Number.MAX_SAFE_INTEGER]),
      (found) => {
        const nearest = nearestOf(
          key,
          found.map(({ name }) => name),
          maxNamed
        )
        return new NotFound({ entity: "project", key, ...(nearest.length === 0 ? {} : { nearest }) })
      }
    )

  const find =
    <Row extends object>(entity: NotFound["entity"], statement: string) =>
    (tx: Transaction, key: Parameter & NotFound["key"]): Effect.Effect<Row, NotFound | SqlError> =>
      Effect.flatMap(tx.first<Row>(statement, [key]), (row) =>
        row === undefined ? new NotFound({ entity, key }) : Effect.succeed(row)
      )

  const findProject =
    <Row extends object>(statement: string) =>
    (tx: Transaction, name: string): Effect.Effect<Row, NotFound | SqlError> =>
      Effect.flatMap(tx.first<Row>(statement, [name]), (row) =>
        row === undefined ? noProject(tx, name) : Effect.succeed(row)
      )

  const step =
    (statement: string) =>
    (tx: Transaction, id: number): Effect.Effect<Step, NotFound | SqlError> =>
      Effect.map(find<rows.StepRow>("step", statement)(tx, id), rows.step)

  const idByNum = `SELECT id FROM ${sql.steps} WHERE project_id = ? AND step_num = ?`
  const project = findProject<FoundProject>(projectOf)

  return {
    /** By name. */
    project,
    /** The id of the step with that number in a project of that name. */
    stepId: (tx: Transaction, name: string, num: number): Effect.Effect<number, NotFound | SqlError> =>
      Effect.flatMap(project(tx, name), ({ id }) =>
        Effect.flatMap(tx.first<{ id: number }>(idByNum, [id, num]), (row) =>
          row === undefined ? new NotFound({ entity: "step", key: `step ${num} of ${name}` }) : Effect.succeed(row.id)
        )
      ),
    /** @param key the project's id */
    projectById: find<FoundProject>("project", projectById),
    /** The project with its counts, by name. */
    wholeProject: findProject<rows.ProjectRow>(wholeProjectOf),
    step: step(stepOf),
    /** The step with its description and the numbers of those it depends on. */
    wholeStep: step(wholeStepOf)
  }
})
