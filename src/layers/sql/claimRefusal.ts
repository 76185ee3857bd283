import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import type { Claim, NoWorkReason, StepCounts } from "../../domain/Entities.ts"
import { Conflict, DependencyUnmet, InvalidInput, NotFound, type UnmetDependency } from "../../domain/Errors.ts"
import { notAllowed } from "../../domain/Fence.ts"
import type { ClaimStep } from "../../domain/Requests.ts"
import type { ProjectStatus } from "../../domain/Status.ts"
import type { Transaction } from "./Database.ts"
import * as rows from "./rows.ts"
import { done } from "./sqlText.ts"
import type { Tables } from "./Tables.ts"

/** When to ask again while others are at work, in seconds. */
const retryAfter = Duration.toSeconds("30 seconds")

/** Dependencies that a refusal names at most. */
const maxUnmet = 50

/** Why a project has no ready step, from how many steps have each status. */
export const reasonOfNoWork = (status: ProjectStatus, counts: StepCounts): NoWorkReason => {
  if (status === "aborted") return "project_aborted"
  const waiting = counts.not_started ?? 0
  const held = (counts.claimed ?? 0) + (counts.in_progress ?? 0)
  const failed = counts.failed ?? 0
  if (held > 0) return waiting > 0 ? "all_blocked" : "all_claimed"
  if (waiting > 0) return failed > 0 ? "failed_upstream" : "all_blocked"
  return failed > 0 ? "all_failed" : "all_done"
}

/** Where only a person, or recover_failed_step, brings new work, no time to ask again is given. */
const answer = (reason: NoWorkReason): Claim =>
  reason === "all_blocked" || reason === "all_claimed"
    ? { step: null, reason, retry_after_seconds: retryAfter }
    : { step: null, reason }

/** Says why a claim got nothing. */
export const explaining = (t: Tables) => {
  const projectOf = `
    SELECT id, status, (
      SELECT json_group_object(status, n) FROM (
        SELECT status, sum(steps) AS n FROM ${t.step_counts} WHERE project_id = p.id GROUP BY status)
    ) AS step_counts FROM ${t.projects} p WHERE name = ?`
  const byId = `SELECT * FROM ${t.steps} WHERE id = ?`
  const byNum = `SELECT * FROM ${t.steps} WHERE project_id = ? AND step_num = ?`
  const unmetOf = `
    SELECT d.id AS step_id, d.step_num, d.status FROM ${t.dependencies} JOIN ${t.steps} d ON d.id = depends_on_step_id
    WHERE step_id = ? AND NOT (d.${done}) ORDER BY d.step_num LIMIT ${maxUnmet}`

  const find = (tx: Transaction, name: string) =>
    Effect.flatMap(tx.first<{ id: number; status: ProjectStatus; step_counts: string }>(projectOf, [name]), (row) =>
      row === undefined ? new NotFound({ entity: "project", key: name }) : Effect.succeed(row)
    )

  return {
    /** Why the project has no ready step. */
    noWork: (tx: Transaction, project: string) =>
      Effect.map(find(tx, project), ({ status, step_counts }) =>
        answer(reasonOfNoWork(status, JSON.parse(step_counts) as StepCounts))
      ),

    /** Why the step that the request names is not to be had. */
    refuse: (tx: Transaction, { agent_id, project: name, step_id, step_num }: ClaimStep) =>
      Effect.gen(function* () {
        const project = yield* find(tx, name)
        const row =
          step_id !== undefined
            ? yield* tx.first<rows.StepRow>(byId, [step_id])
            : yield* tx.first<rows.StepRow>(byNum, [project.id, step_num as number])
        if (row === undefined) {
          return yield* new NotFound({ entity: "step", key: step_id ?? `step ${step_num} of ${name}` })
        }
        if (row.project_id !== project.id || (step_num !== undefined && row.step_num !== step_num)) {
          const message = `must be a step of project "${name}"${step_num === undefined ? "" : `, with step_num ${step_num}`}`
          return yield* new InvalidInput({ faults: [{ path: "step_id", message }] })
        }
        const step = rows.step(row)
        if (step.status !== "not_started") return yield* notAllowed("claim", step, agent_id)
        const unmet = yield* tx.all<UnmetDependency>(unmetOf, [step.id])
        if (unmet.length > 0) return yield* new DependencyUnmet({ step_id: step.id, unmet })
        return yield* new Conflict({
          step_id: step.id,
          status: step.status,
          reason: `Project "${name}" is ${project.status}: its steps are not handed out.`,
          advice: "Call list_projects with status active to see where there is work."
        })
      })
  }
}
