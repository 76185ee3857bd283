import * as Effect from "effect/Effect"
import { describeOverlap, type FileOverlap } from "../../../domain/answers/Reasons.ts"
import type { Step } from "../../../domain/Entities.ts"
import {
  Conflict,
  DependencyUnmet,
  type InvalidInput,
  invalidInput,
  type UnmetDependency
} from "../../../domain/Errors.ts"
import { heldByYou, heldElsewhere, notAllowed } from "../../../domain/Fence.ts"
import { transitions } from "../../../domain/Lifecycle.ts"
import type { ClaimStep } from "../../../domain/Requests.ts"
import { omittedCount } from "../../../domain/ResponseBudget.ts"
import { isLive } from "../../../domain/Status.ts"
import { maxBlockers } from "../../plan/blockers.ts"
import { holdings } from "../../plan/holdings.ts"
import { lookup } from "../../plan/lookup.ts"
import { live, unmet } from "../../store/fragments.ts"
import * as rows from "../../store/rows.ts"
import type { Sql } from "../../store/Sql.ts"
import type { Transaction } from "../../store/Store.ts"
import { type CallerSession, liveSession } from "../../store/sessions.ts"

/** Steps of the caller that are compared with those whose files are in use. */
const maxOwn = 100

/** Dependencies that a refusal names at most. */
const maxUnmet = 20

const unmetColumns = ["step_id", "step_num", "status", "agent_id", "lease_expires_at"] as const

/** Refuses a request whose arguments contradict each other or name no step. */
export const checkArguments = ({
  project,
  scopes,
  step_id,
  step_num
}: ClaimStep): Effect.Effect<void, InvalidInput> => {
  if (step_num !== undefined && step_id === undefined && project === undefined) {
    return invalidInput("project", "must say whose step_num is meant")
  }
  return scopes !== undefined && (step_id ?? step_num) !== undefined
    ? invalidInput("scopes", "must be left out where step_id or step_num names the step")
    : Effect.void
}

const filesInUse = (step: Step, first: FileOverlap, all: ReadonlyArray<FileOverlap>, isOwn: boolean) =>
  new Conflict({
    step_id: step.id,
    status: step.status,
    blocked_by: all.slice(0, maxBlockers).map((clash) => clash.step),
    ...(isOwn ? { held_by_you: true } : {}),
    reason: `Step id ${step.id} ${describeOverlap(first)}.`,
    advice:
      "Claim it once that is completed, call claim_step without naming a step, or with allow_overlap: true if a merge conflict does no harm."
  })

/** Says why a claim of the step that the request names was refused. */
export const explainRefusal = (sql: Sql, session: CallerSession) => {
  const held = holdings(sql)
  const sessionOf = liveSession(sql)
  const find = lookup(sql)
  const unmetOf = `
    SELECT d.id AS step_id, d.step_num, d.status, CASE WHEN d.${live} THEN d.agent_id END AS agent_id, d.lease_expires_at,
      (SELECT unmet_dependencies FROM ${sql.steps} WHERE id = step_id) AS total
    FROM ${sql.dependencies} JOIN ${sql.steps} d ON d.id = depends_on_step_id
    JOIN ${sql.projects} p ON p.id = d.project_id
    WHERE step_id = ? AND ${unmet("d", "p")} ORDER BY d.step_num LIMIT ${maxUnmet}`

  /** The step that is named, and the project that it should be of. */
  const named = (tx: Transaction, { project: name, step_id, step_num }: ClaimStep) =>
    Effect.gen(function* () {
      if (step_id !== undefined) {
        const wanted = name === undefined ? undefined : yield* find.project(tx, name)
        const step = yield* find.step(tx, step_id)
        return { step, project: wanted ?? (yield* find.projectById(tx, step.project_id)) }
      }
      // Without step_id, `checkArguments` lets pass only a request that names the project.
      const project = yield* find.project(tx, name as string)
      const id = yield* find.stepId(tx, project.name, step_num as number)
      return { step: yield* find.step(tx, id), project }
    })

  /** @param clashes held steps whose files overlap those of the named one */
  return (tx: Transaction, request: ClaimStep, clashes: ReadonlyArray<FileOverlap>) =>
    Effect.gen(function* () {
      const { project, step } = yield* named(tx, request)
      const { step_num } = request
      if (step.project_id !== project.id || (step_num !== undefined && step.step_num !== step_num)) {
        const number = step_num === undefined ? "" : `, with step_num ${step_num}`
        return yield* invalidInput("step_id", `must be a step of project "${project.name}"${number}`)
      }
      if (isLive(step.status) && step.agent_id === request.agent_id) {
        const other = yield* sessionOf(tx, step.id, session)
        return yield* other === undefined ? heldByYou(step) : heldElsewhere(step, other, transitions.claim.tool)
      }
      if (step.status !== "not_started") return yield* notAllowed("claim", step)
      const found = yield* tx.all<{ readonly total: number }>(unmetOf, [step.id])
      const [first] = found
      if (first !== undefined) {
        const unmet = found.map((row) => rows.present(row, unmetColumns) as UnmetDependency)
        return yield* new DependencyUnmet({
          step_id: step.id,
          unmet,
          ...omittedCount("unmet_more", first.total - unmet.length)
        })
      }
      const [clash] = clashes
      if (clash !== undefined) {
        const own = yield* held(tx, request.agent_id, session, maxOwn)
        const isOwn = clashes.some((clash) => own.some(({ step_id }) => step_id === clash.step.step_id))
        return yield* filesInUse(step, clash, clashes, isOwn)
      }
      return yield* new Conflict({
        step_id: step.id,
        status: step.status,
        reason: `Project "${project.name}" is ${project.status}: its steps are not handed out.`,
        advice: "Call list_projects with status active to see where there is work."
      })
    })
}
