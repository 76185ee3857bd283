import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import type { Claim, NoWorkReason } from "../../domain/Entities.ts"
import type { ClaimStep } from "../../domain/Requests.ts"
import type { ProjectStatus, StepStatus } from "../../domain/Status.ts"
import type { Choice } from "./choosing.ts"
import type { Transaction } from "./Database.ts"
import { finding } from "./finding.ts"
import type { Tables } from "./Tables.ts"

/** When to ask again while others are at work, in seconds. */
const retryAfter = Duration.toSeconds("30 seconds")

/** Steps in the way that an answer names at most. */
export const maxObstacles = 10

/** How many steps have that status and scope. */
export interface Count {
  readonly status: StepStatus
  readonly scope: string
  readonly steps: number
  /** Not 0: some step of such a project is ready, in a scope that nobody asked for. */
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
  const own = scopes === undefined ? counts : counts.filter(({ scope }) => scopes.includes(scope))
  if (isAny(own, "not_started")) {
    const isGoingOn = counts.some(({ has_ready }) => has_ready !== 0) || isAny(counts, "claimed", "in_progress")
    return isAny(counts, "failed") && !isGoingOn ? "failed_upstream" : "all_blocked"
  }
  if (isAny(own, "claimed", "in_progress")) return "all_claimed"
  return isAny(own, "failed") ? "all_failed" : "all_done"
}

/** Where only a person, or recover_failed_step, brings new work, no time to ask again is given. */
const answer = (reason: NoWorkReason): Claim =>
  reason === "all_blocked" || reason === "all_claimed"
    ? { step: null, reason, retry_after_seconds: retryAfter }
    : { step: null, reason }

/** Says why there is no step to claim, in the project that the request names, or in all active ones. */
export const withoutWork = (t: Tables) => {
  const find = finding(t)
  const counts = (indexed: string, which: string) => `
    SELECT c.status, c.scope, sum(c.steps) AS steps, max(p.has_ready) AS has_ready
    FROM ${t.projects} p ${indexed} CROSS JOIN ${t.step_counts} c ON c.project_id = p.id WHERE ${which} GROUP BY 1, 2`
  const ofProject = counts("", "p.id = ?")
  const ofActive = counts(`INDEXED BY ${t.prefix}projects_by_status`, "p.status = 'active'")
  const anyWith = `SELECT 1 FROM ${t.projects} WHERE status = ? LIMIT 1`

  const inProject = (tx: Transaction, name: string, scopes: ClaimStep["scopes"]) =>
    Effect.gen(function* () {
      const { id, status } = yield* find.project(tx, name)
      if (status === "aborted" || status === "paused") return `project_${status}` as const
      return reasonOfNoWork(yield* tx.all<Count>(ofProject, [id]), scopes)
    })

  const anywhere = (tx: Transaction, scopes: ClaimStep["scopes"]) =>
    Effect.gen(function* () {
      const isAny = (status: ProjectStatus) => Effect.map(tx.first(anyWith, [status]), (row) => row !== undefined)
      if (yield* isAny("active")) return reasonOfNoWork(yield* tx.all<Count>(ofActive, []), scopes)
      return (yield* isAny("paused")) ? "project_paused" : "all_done"
    })

  return (tx: Transaction, { project, scopes }: ClaimStep, { inTheWay, isMore }: Choice) => {
    if (inTheWay.length > 0) {
      const blocked_by = inTheWay.slice(0, maxObstacles).map(({ step }) => step)
      const retry_after_seconds = isMore ? 1 : retryAfter
      return Effect.succeed<Claim>({ step: null, reason: "files_in_use", blocked_by, retry_after_seconds })
    }
    return Effect.map(project === undefined ? anywhere(tx, scopes) : inProject(tx, project, scopes), answer)
  }
}
