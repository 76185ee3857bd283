import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import type { Blocker, Claim, NoWorkReason } from "../../../domain/Entities.ts"
import { matcher } from "../../../domain/Names.ts"
import type { ClaimStep } from "../../../domain/Requests.ts"
import type { StepStatus } from "../../../domain/Status.ts"
import { blockers, maxBlockers, type WithoutWork } from "../../plan/blockers.ts"
import { lookup } from "../../plan/lookup.ts"
import { perStore } from "../../store/Sql.ts"
import type { Transaction } from "../../store/Store.ts"
import type { Choice } from "./chooseStep.ts"

/** When to ask again while other agents work, in seconds. */
const retryAfter = Duration.toSeconds("30 seconds")

/** Active projects that are searched for blockers at most, those of the highest priority. */
const maxProjects = 20

/** How many steps have that status and scope. */
export interface Count {
  readonly status: StepStatus
  readonly scope: string
  readonly steps: number
  /** Not 0 if some step of such a project is ready, in a scope that the request did not ask for. */
  readonly has_ready: number
}

/**
 * Why there is no step to claim.
 * @param counts the steps of one project, or of several
 * @param scopes those that the caller asked for
 */
export const reasonOfNoWork = (
  counts: ReadonlyArray<Count>,
  scopes: ReadonlyArray<string> | undefined
): NoWorkReason => {
  const isAny = (all: ReadonlyArray<Count>, ...statuses: ReadonlyArray<StepStatus>) =>
    all.some(({ status, steps }) => steps > 0 && statuses.includes(status))
  const isWanted = scopes === undefined ? () => true : matcher(scopes)
  const own = counts.filter(({ scope }) => isWanted(scope))
  if (isAny(own, "not_started")) {
    const isGoingOn = counts.some(({ has_ready }) => has_ready !== 0) || isAny(counts, "claimed", "in_progress")
    return isAny(counts, "failed") && !isGoingOn ? "failed_upstream" : "all_blocked"
  }
  if (isAny(own, "claimed", "in_progress")) return "all_claimed"
  return isAny(own, "failed") ? "all_failed" : "all_done"
}

/** No time to ask again is given if only a person or recover_failed_step can bring new work. */
const answer = (reason: NoWorkReason, blocked_by: ReadonlyArray<Blocker>): Claim => ({
  step: null,
  reason,
  ...(blocked_by.length > 0 ? { blocked_by } : {}),
  ...(reason === "all_blocked" || reason === "all_claimed" ? { retry_after_seconds: retryAfter } : {})
})

/** Says why there is no step to claim, in the project that the request names or in all active ones, and what blocks it. */
export const noWork = perStore((sql) => {
  const find = lookup(sql)
  const { ofClaim } = blockers(sql)
  const counts = (indexed: string, which: string) => `
    SELECT c.status, c.scope, sum(c.steps) AS steps, max(p.has_ready) AS has_ready
    FROM ${sql.projects} p ${indexed} ${sql.join} ${sql.step_counts} c ON c.project_id = p.id WHERE ${which} GROUP BY 1, 2`
  const ofProject = counts("", "p.id = ?")
  const byStatus = sql.indexed("projects_by_status")
  const ofActive = counts(byStatus, "p.status = 'active'")
  const isPaused = `SELECT 1 FROM ${sql.projects} WHERE status = 'paused' LIMIT 1`
  const active = `
    SELECT id FROM ${sql.projects} ${byStatus}
    WHERE status = 'active' ORDER BY priority DESC, id DESC LIMIT ${maxProjects}`

  /** @param ids the projects of `counts`, or the first of them */
  const because = (counts: ReadonlyArray<Count>, ids: ReadonlyArray<number>, { project, scopes }: ClaimStep) => ({
    reason: reasonOfNoWork(counts, scopes),
    projects: ids,
    project,
    scopes,
    hasReady: counts.some(({ has_ready }) => has_ready !== 0)
  })
  const unblocked = (reason: NoWorkReason): WithoutWork => ({ reason, projects: [], hasReady: false })

  const inProject = (tx: Transaction, name: string, request: ClaimStep) =>
    Effect.gen(function* () {
      const { id, status } = yield* find.project(tx, name)
      if (status === "aborted" || status === "paused") return unblocked(`project_${status}`)
      return because(yield* tx.all<Count>(ofProject, [id]), [id], request)
    })

  const anywhere = (tx: Transaction, request: ClaimStep) =>
    Effect.gen(function* () {
      const ids = (yield* tx.all<{ id: number }>(active, [])).map(({ id }) => id)
      if (ids.length > 0) return because(yield* tx.all<Count>(ofActive, []), ids, request)
      const paused = yield* tx.first(isPaused, [])
      return unblocked(paused === undefined ? "all_done" : "project_paused")
    })

  return (tx: Transaction, request: ClaimStep, { clashes, isMore }: Choice) =>
    Effect.gen(function* () {
      if (clashes.length > 0) {
        const blocked_by = clashes.slice(0, maxBlockers).map(({ step }) => step)
        const retry_after_seconds = isMore ? 1 : retryAfter
        return { step: null, reason: "files_in_use", blocked_by, retry_after_seconds } satisfies Claim
      }
      const { project } = request
      const why = project === undefined ? yield* anywhere(tx, request) : yield* inProject(tx, project, request)
      return answer(why.reason, yield* ofClaim(tx, why))
    })
})
