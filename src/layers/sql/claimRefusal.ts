import * as Effect from "effect/Effect"
import { Conflict, DependencyUnmet, InvalidInput, NotFound, type UnmetDependency } from "../../domain/Errors.ts"
import { notAllowed } from "../../domain/Fence.ts"
import type { ClaimStep } from "../../domain/Requests.ts"
import type { ProjectStatus } from "../../domain/Status.ts"
import type { Transaction } from "./Database.ts"
import * as rows from "./rows.ts"
import type { Tables } from "./Tables.ts"

/** Dependencies that a refusal names at most. */
const maxUnmet = 50

const invalid = (path: string, message: string) => new InvalidInput({ faults: [{ path, message }] })

/** Refuses a request that names a step in a way that says nothing. */
export const checkArguments = ({
  project,
  scopes,
  step_id,
  step_num
}: ClaimStep): Effect.Effect<void, InvalidInput> => {
  if (step_num !== undefined && step_id === undefined && project === undefined) {
    return invalid("project", "must say whose step_num is meant")
  }
  return scopes !== undefined && (step_id ?? step_num) !== undefined
    ? invalid("scopes", "must be left out where step_id or step_num names the step")
    : Effect.void
}

interface Found {
  readonly id: number
  readonly name: string
  readonly status: ProjectStatus
}

/** Says why a claim of the step that the request names was refused. */
export const refusing = (t: Tables) => {
  const projectOf = `SELECT id, name, status FROM ${t.projects} WHERE name = ?`
  const projectById = `SELECT id, name, status FROM ${t.projects} WHERE id = ?`
  const byId = `SELECT * FROM ${t.steps} WHERE id = ?`
  const byNum = `SELECT * FROM ${t.steps} WHERE project_id = ? AND step_num = ?`
  const unmetOf = `
    SELECT d.id AS step_id, d.step_num, d.status FROM ${t.dependencies} JOIN ${t.steps} d ON d.id = depends_on_step_id
    JOIN ${t.projects} p ON p.id = d.project_id
    WHERE step_id = ? AND NOT (d.status = 'merged' OR d.status = p.unblock_on) ORDER BY d.step_num LIMIT ${maxUnmet}`

  const find = (tx: Transaction, name: string) =>
    Effect.flatMap(tx.first<Found>(projectOf, [name]), (row) =>
      row === undefined ? new NotFound({ entity: "project", key: name }) : Effect.succeed(row)
    )

  /** The step, and the project that it should be of. */
  const named = (tx: Transaction, { project: name, step_id, step_num }: ClaimStep) =>
    Effect.gen(function* () {
      const wanted = name === undefined ? undefined : yield* find(tx, name)
      const row =
        step_id !== undefined
          ? yield* tx.first<rows.StepRow>(byId, [step_id])
          : yield* tx.first<rows.StepRow>(byNum, [wanted?.id as number, step_num as number])
      if (row === undefined) {
        return yield* new NotFound({ entity: "step", key: step_id ?? `step ${step_num} of ${name}` })
      }
      const project = wanted ?? ((yield* tx.first<Found>(projectById, [row.project_id])) as Found)
      return { row, project }
    })

  return (tx: Transaction, request: ClaimStep) =>
    Effect.gen(function* () {
      const { row, project } = yield* named(tx, request)
      const { step_num } = request
      if (row.project_id !== project.id || (step_num !== undefined && row.step_num !== step_num)) {
        const number = step_num === undefined ? "" : `, with step_num ${step_num}`
        return yield* invalid("step_id", `must be a step of project "${project.name}"${number}`)
      }
      const step = rows.step(row)
      if (step.status !== "not_started") return yield* notAllowed("claim", step, request.agent_id)
      const unmet = yield* tx.all<UnmetDependency>(unmetOf, [step.id])
      if (unmet.length > 0) return yield* new DependencyUnmet({ step_id: step.id, unmet })
      return yield* new Conflict({
        step_id: step.id,
        status: step.status,
        reason: `Project "${project.name}" is ${project.status}: its steps are not handed out.`,
        advice: "Call list_projects with status active to see where there is work."
      })
    })
}
