import type { Blocker, Claim, NoWorkReason } from "../Entities.ts"
import { isLive } from "../Status.ts"

/*
 * What structuredContent says beside the JSON text, in sentences: some clients show a model nothing but text. Remarks
 * are bounded, because they take their place in the budget of an answer.
 */

/** Blockers and scopes that a remark names at most. */
const maxNamed = 3
const maxScopes = 20

/** Maximum characters of a name that a remark quotes, and of all scopes. */
const maxQuoted = 80
const maxListed = 500

const quoted = (name: string): string =>
  JSON.stringify(name.length > maxQuoted ? `${name.slice(0, maxQuoted).replace(/[\uD800-\uDBFF]$/, "")}…` : name)

const reasons: Readonly<Record<NoWorkReason, string>> = {
  all_blocked: "every open step waits for other steps",
  all_claimed: "other agents hold all steps that are left",
  all_done: "every step is completed, merged or cancelled",
  all_failed: "the steps that are left have failed",
  failed_upstream: "the open steps wait for failed ones",
  files_in_use: "the ready steps would change files that steps at work change",
  no_projects: "no project is stored yet",
  no_steps: "no steps are stored yet",
  no_such_scope: "no step has a scope that you asked for",
  project_aborted: "the project is aborted",
  project_paused: "the project is paused"
}

/** What to do if the answer names no time to ask again. */
const nextOf = (reason: NoWorkReason): string => {
  switch (reason) {
    case "all_done":
      return "You are finished: do not ask again."
    case "project_aborted":
      return "Do not ask again."
    case "project_paused":
      return "Ask again once a person has resumed it."
    case "all_failed":
    case "failed_upstream":
      return "Ask again once recover_failed_step has been called for the failed steps."
    case "no_such_scope":
      return "Correct scopes and ask again."
    default:
      return "Ask again later."
  }
}

const describeBlocker = ({ agent_id, project, status, step_id, step_num }: Blocker): string => {
  const holder = isLive(status) && agent_id !== undefined ? ` by agent ${quoted(agent_id)}` : ""
  const state = status === "completed" ? "completed but not merged" : status === "not_started" ? "ready" : status
  return `step ${step_num} of ${quoted(project)} (id ${step_id}), ${state}${holder}`
}

const blockersText = (blockers: ReadonlyArray<Blocker>): ReadonlyArray<string> => {
  if (blockers.length === 0) return []
  const more = blockers.length > maxNamed ? `; and ${blockers.length - maxNamed} more` : ""
  return [`In the way: ${blockers.slice(0, maxNamed).map(describeBlocker).join("; ")}${more}.`]
}

const scopesText = ({ scopes = [], scopes_more = 0 }: Claim): ReadonlyArray<string> => {
  if (scopes.length === 0) return []
  const named: Array<string> = []
  let left = maxListed
  for (const scope of scopes.slice(0, maxScopes).map(quoted)) {
    left -= scope.length + 2
    if (left < 0) break
    named.push(scope)
  }
  const more = scopes.length - named.length + scopes_more
  return [`The scopes are ${named.join(", ")}${more > 0 ? ` and ${more} more` : ""}.`]
}

/** The length from which on the store truncates the notes of a claim's dependencies and earlier attempts. */
const maxNotes = 2000

const isCut = ({ notes }: { readonly notes?: string | undefined }): boolean =>
  notes !== undefined && notes.length > maxNotes && notes.endsWith("…")

/** Returns why a claim got no step, who is in the way, and when to ask again; or that notes of its step were cut. */
export const claimRemark = (claim: Claim): string | undefined => {
  const { blocked_by = [], reason, retry_after_seconds: retry, step } = claim
  if (step !== null) {
    const isAnyCut = step.dependencies.some(isCut) || step.previous_attempts?.some(isCut)
    return isAnyCut ? "Notes that end with … were cut: get_step returns those of a dependency in full." : undefined
  }
  if (reason === undefined) return undefined
  const next =
    retry === undefined
      ? nextOf(reason)
      : `Ask again in ${retry} ${retry === 1 ? "second" : "seconds"}, or with wait_seconds: the call then waits.`
  return [
    `No step to claim (${reason}): ${reasons[reason]}.`,
    ...blockersText(blocked_by),
    ...scopesText(claim),
    next
  ].join(" ")
}

/** Returns how to read the next page. @param tool the tool that gave this one */
export const pageRemark = (tool: string, cursor: string): string =>
  `There is more: call ${tool} again with cursor ${JSON.stringify(cursor)}.`

/** Says that the answer is not complete, and where all of it can be read. */
export const truncatedRemark =
  "This answer was cut to fit: texts that end with … go on, and fields that end with _more count what was left out. get_step returns a step in full; lists do with limit."

/** Whether the JSON counts something that it leaves out. Quotes within a text are escaped, so only names of fields match. */
export const isIncomplete = (json: string): boolean => json.includes('_more":')
