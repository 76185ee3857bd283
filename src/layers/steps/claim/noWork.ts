import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import type { Blocker, Claim, NoWorkReason } from "../../../domain/Claim.ts"
import { lowerAscii, matcher, spellings } from "../../../domain/Names.ts"
import type { ClaimStep } from "../../../domain/Requests.ts"
import { omittedCount } from "../../../domain/ResponseBudget.ts"
import type { ProjectStatus, StepStatus } from "../../../domain/Status.ts"
import { blockers, maxBlockers, type WithoutWork } from "../../plan/blockers.ts"
import { deleted } from "../../plan/deletion.ts"
import { lookup } from "../../plan/lookup.ts"
import { perStore } from "../../store/Sql.ts"
import type { Transaction } from "../../store/Store.ts"
import type { Choice } from "./chooseStep.ts"

/** When to ask again while other agents work, in seconds. */
const retryAfter = Duration.toSeconds("30 seconds")

/** Active projects that are searched for blockers at most, those of the highest priority. */
const maxProjects = 20

/** Scopes that an answer names at most. */
const maxScopes = 20

/** How many steps have that status and scope. */
export interface Count {
  readonly status: StepStatus
  readonly scope: string
  readonly steps: number
  /** Not 0 if some step of such a project is ready, in a scope that the request did not ask for. */
  readonly has_ready: number
}

/** A scope that has steps in projects of that status. */
export interface ScopeOfProjects {
  readonly status: ProjectStatus
  readonly scope: string
}

type Scopes = ReadonlyArray<string> | undefined

/** Those of the scopes that a request asks for, whatever their letter case. */
export const ofScopes = <A extends { readonly scope: string }>(
  all: ReadonlyArray<A>,
  scopes: Scopes
): ReadonlyArray<A> => {
  if (scopes === undefined) return all
  const isWanted = matcher(scopes)
  return all.filter(({ scope }) => isWanted(scope))
}

/** The scopes of the request that none of these steps has. */
const unknownScopes = (all: ReadonlyArray<{ readonly scope: string }>, scopes: Scopes = []): ReadonlyArray<string> => {
  const known = new Set(all.map(({ scope }) => lowerAscii(scope)))
  return scopes.filter((scope) => !spellings(scope).some((spelling) => known.has(spelling)))
}

/** Running totals stay when they have fallen to 0. */
const existing = (counts: ReadonlyArray<Count>): ReadonlyArray<Count> => counts.filter(({ steps }) => steps > 0)

const isAny = (counts: ReadonlyArray<Count>, ...statuses: ReadonlyArray<StepStatus>): boolean =>
  counts.some(({ status, steps }) => steps > 0 && statuses.includes(status))

/**
 * Why there is no step to claim in one project, or in several. Agents stop on `all_done`, so it needs steps of every
 * scope that they asked for: one that no step has may be mistyped.
 * @param counts the steps of these projects. Running totals that fell to 0 do not count.
 * @param scopes those that the caller asked for
 */
export const reasonOfNoWork = (counts: ReadonlyArray<Count>, scopes: Scopes): NoWorkReason => {
  const all = existing(counts)
  const own = ofScopes(all, scopes)
  if (all.length === 0) return "no_steps"
  if (own.length === 0) return "no_such_scope"
  if (isAny(own, "not_started")) {
    const isGoingOn = counts.some(({ has_ready }) => has_ready !== 0) || isAny(all, "claimed", "in_progress")
    return isAny(all, "failed") && !isGoingOn ? "failed_upstream" : "all_blocked"
  }
  if (isAny(own, "claimed", "in_progress")) return "all_claimed"
  if (isAny(own, "failed")) return "all_failed"
  return unknownScopes(all, scopes).length > 0 ? "no_such_scope" : "all_done"
}

/** Why there is no step to claim in any project, if no active one has an open step of these scopes. */
export const reasonAnywhere = (everywhere: ReadonlyArray<ScopeOfProjects>, scopes: Scopes): NoWorkReason => {
  const own = ofScopes(everywhere, scopes)
  if (everywhere.length === 0) return "no_steps"
  if (own.length === 0) return "no_such_scope"
  if (own.some(({ status }) => status === "paused")) return "project_paused"
  if (unknownScopes(everywhere, scopes).length > 0) return "no_such_scope"
  return own.some(({ status }) => status !== "aborted") ? "all_done" : "project_aborted"
}

/**
 * The scopes that no step has, and those that exist, as far as an answer names them: a plan may have as many as steps.
 * No fields if every scope of the request exists, or none does at all.
 */
const misnamed = (
  all: ReadonlyArray<{ readonly scope: string }>,
  asked: Scopes
): Pick<Claim, "unknown_scopes" | "scopes" | "scopes_more"> => {
  const unknown_scopes = unknownScopes(all, asked)
  if (unknown_scopes.length === 0 || all.length === 0) return {}
  const scopes = [...new Set(all.map(({ scope }) => scope))].sort()
  return {
    unknown_scopes,
    scopes: scopes.slice(0, maxScopes),
    ...omittedCount("scopes_more", scopes.length - maxScopes)
  }
}

/** Others may end their steps, or store the plan. Else only a person or recover_failed_step can bring new work. */
const isPassing = (reason: NoWorkReason): boolean =>
  reason === "all_blocked" || reason === "all_claimed" || reason === "no_projects" || reason === "no_steps"

const answer = (reason: NoWorkReason, blocked_by: ReadonlyArray<Blocker>): Claim => ({
  step: null,
  reason,
  ...(blocked_by.length > 0 ? { blocked_by } : {}),
  ...(isPassing(reason) ? { retry_after_seconds: retryAfter } : {})
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
  // Reads all running totals, but only if no active project has an open step of the request, or a scope that it asked for.
  const ofAll = `
    SELECT DISTINCT p.status, ${sql.step_counts}.scope
    FROM ${sql.step_counts} ${sql.join} ${sql.projects} p ON p.id = ${sql.step_counts}.project_id
    WHERE ${sql.step_counts}.steps > 0 AND p.status <> ${deleted}`
  const isProject = `SELECT 1 FROM ${sql.projects} WHERE id > 0 AND status <> ${deleted} LIMIT 1`
  const active = `
    SELECT id FROM ${sql.projects} ${byStatus}
    WHERE status = 'active' ORDER BY priority DESC, id DESC LIMIT ${maxProjects}`

  /** @param ids the projects of `counts`, or the first of them */
  const blocked = (
    tx: Transaction,
    reason: NoWorkReason,
    counts: ReadonlyArray<Count>,
    ids: ReadonlyArray<number>,
    { project, scopes }: ClaimStep
  ) => {
    const hasReady = counts.some(({ has_ready }) => has_ready !== 0)
    const claim: WithoutWork = { reason, projects: ids, project, scopes, hasReady }
    return Effect.map(ofClaim(tx, claim), (found) => answer(reason, found))
  }

  const inProject = (tx: Transaction, name: string, request: ClaimStep) =>
    Effect.gen(function* () {
      const { id, status } = yield* find.project(tx, name)
      if (status === "aborted" || status === "paused") return answer(`project_${status}`, [])
      const counts = yield* tx.all<Count>(ofProject, [id])
      const reason = reasonOfNoWork(counts, request.scopes)
      const claim = yield* blocked(tx, reason, counts, [id], request)
      return { ...claim, ...misnamed(existing(counts), request.scopes) }
    })

  const anywhere = (tx: Transaction, request: ClaimStep) =>
    Effect.gen(function* () {
      const { scopes } = request
      const counts = yield* tx.all<Count>(ofActive, [])
      if (isAny(ofScopes(counts, scopes), "not_started", "claimed", "in_progress", "failed")) {
        const ids = (yield* tx.all<{ id: number }>(active, [])).map(({ id }) => id)
        const claim = yield* blocked(tx, reasonOfNoWork(counts, scopes), counts, ids, request)
        if (unknownScopes(existing(counts), scopes).length === 0) return claim
        return { ...claim, ...misnamed(yield* tx.all<ScopeOfProjects>(ofAll, []), scopes) }
      }
      if ((yield* tx.first(isProject, [])) === undefined) return answer("no_projects", [])
      const everywhere = yield* tx.all<ScopeOfProjects>(ofAll, [])
      return { ...answer(reasonAnywhere(everywhere, scopes), []), ...misnamed(everywhere, scopes) }
    })

  return (tx: Transaction, request: ClaimStep, { clashes, isMore }: Choice) => {
    if (clashes.length > 0) {
      const blocked_by = clashes.slice(0, maxBlockers).map(({ step }) => step)
      const retry_after_seconds = isMore ? 1 : retryAfter
      return Effect.succeed({ step: null, reason: "files_in_use", blocked_by, retry_after_seconds } satisfies Claim)
    }
    const { project } = request
    return project === undefined ? anywhere(tx, request) : inProject(tx, project, request)
  }
})
