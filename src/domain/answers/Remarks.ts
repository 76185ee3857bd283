import type { Blocker, Claim, Holding, NoWorkReason } from "../Claim.ts"
import type { ClaimStep } from "../Requests.ts"

/*
 * What structuredContent says beside the JSON text, in sentences: some clients show a model nothing but text. Remarks
 * are bounded, because they take their place in the budget of an answer.
 */

/** Blockers, unknown scopes and existing scopes that a remark names at most. */
const maxNamed = 3
const maxUnknown = 3
const maxScopes = 20

/** Maximum characters of a name that a remark quotes, and of the names of a list. */
const maxQuoted = 80
const maxListed = 500

const quoted = (name: string): string =>
  JSON.stringify(name.length > maxQuoted ? `${name.slice(0, maxQuoted).replace(/[\uD800-\uDBFF]$/, "")}…` : name)

/** Lists at least one name. @param more number of names that the list lacks */
const list = (names: ReadonlyArray<string>, max: number, more = 0): string => {
  const shown: Array<string> = []
  let left = maxListed
  for (const name of names.slice(0, max).map(quoted)) {
    left -= name.length + 2
    if (left < 0 && shown.length > 0) break
    shown.push(name)
  }
  const omitted = names.length - shown.length + more
  return `${shown.join(", ")}${omitted > 0 ? ` and ${omitted} more` : ""}`
}

/** What the caller asked for, in words. */
interface Asked {
  /** The project that it named, in quotation marks. */
  readonly project: string | undefined
  /** Where there may be a step for it: in the project, or in all active ones. */
  readonly inActive: string
  /** The project, or any. */
  readonly inAny: string
  /** " of these scopes", if it named some. */
  readonly ofScopes: string
}

/** `no_such_scope` is described by what `unknownText` says. */
const because: Readonly<Record<Exclude<NoWorkReason, "no_such_scope">, (asked: Asked) => string>> = {
  all_blocked: ({ inActive, ofScopes }) => `every open step${ofScopes} ${inActive} waits for other steps`,
  all_claimed: ({ inActive, ofScopes }) => `other agents hold every open step${ofScopes} ${inActive}`,
  all_done: ({ inAny, ofScopes }) => `no step${ofScopes} is left to do ${inAny}`,
  all_failed: ({ inActive, ofScopes }) => `every step${ofScopes} that is left ${inActive} has failed`,
  failed_upstream: ({ inActive, ofScopes }) => `the open steps${ofScopes} ${inActive} wait for failed ones`,
  files_in_use: ({ inActive, ofScopes }) =>
    `the ready steps${ofScopes} ${inActive} change files that steps at work change, too`,
  held_by_you: ({ inActive, ofScopes }) => `you hold every step${ofScopes} ${inActive} that is at work`,
  no_projects: () => "no project is stored yet",
  no_steps: ({ inAny }) => `no step is stored yet ${inAny}`,
  project_aborted: ({ ofScopes, project }) =>
    project === undefined ? `every project with steps${ofScopes} is aborted` : `project ${project} is aborted`,
  project_paused: ({ ofScopes, project }) =>
    project === undefined ? `no step${ofScopes} is left to do but in paused projects` : `project ${project} is paused`
}

/** What to do if the answer names no time to ask again. */
const nextOf = (reason: NoWorkReason): string => {
  switch (reason) {
    case "all_done":
      return "You are finished: do not ask again."
    case "project_aborted":
      return "Do not ask again."
    case "project_paused":
      return "Ask again once a person has resumed a project."
    case "all_failed":
    case "failed_upstream":
      return "Ask again once recover_failed_step has been called for the failed steps."
    case "held_by_you":
      return "Go on with what you hold: complete, fail or release it, then ask again."
    case "no_such_scope":
      return "Correct scopes or leave them out, and ask again; ask again later if such steps are yet to be planned."
    default:
      return "Ask again later."
  }
}

const describeBlocker = ({ agent_id, project, status, step_id, step_num, title }: Blocker): string => {
  const by = agent_id === undefined ? "" : ` by agent ${quoted(agent_id)}`
  const state =
    status === "completed" ? `completed${by} but not merged` : status === "not_started" ? "ready" : `${status}${by}`
  const named = title === undefined ? "" : `, ${quoted(title)}`
  return `step ${step_num} of ${quoted(project)} (id ${step_id}${named}), ${state}`
}

const blockersText = (blockers: ReadonlyArray<Blocker>): ReadonlyArray<string> => {
  if (blockers.length === 0) return []
  const more = blockers.length > maxNamed ? `; and ${blockers.length - maxNamed} more` : ""
  return [`In the way: ${blockers.slice(0, maxNamed).map(describeBlocker).join("; ")}${more}.`]
}

/** Names the scopes that do not exist, and those that do. */
const unknownText = ({ scopes = [], scopes_more, unknown_scopes = [] }: Claim, { inAny }: Asked): string => {
  const [noun, verb] = unknown_scopes.length === 1 ? ["scope", "does"] : ["scopes", "do"]
  const existing = list(scopes, maxScopes, scopes_more)
  return `${noun} ${list(unknown_scopes, maxUnknown)} ${verb} not exist ${inAny}; scopes: ${existing}.`
}

/** Returns the sentences that say why, and which scopes do not exist. */
const reasonText = (claim: Claim, reason: NoWorkReason, asked: Asked, count: number): ReadonlyArray<string> => {
  const unknown = claim.unknown_scopes?.length ?? 0
  if (reason !== "no_such_scope") {
    return [`${because[reason](asked)}.`, ...(unknown > 0 ? [`Also, ${unknownText(claim, asked)}`] : [])]
  }
  return [unknownText(claim, asked), ...(count > unknown ? ["No step of the other scopes is left to do."] : [])]
}

/** The length from which on the store truncates the notes of a claim's dependencies and earlier attempts. */
const maxNotes = 2000

const isCut = ({ notes }: { readonly notes?: string | undefined }): boolean =>
  notes !== undefined && notes.length > maxNotes && notes.endsWith("…")

/** Names what the caller holds already: it may not have heard the answer to an earlier claim. */
const holdingText = ({ holding = [], step }: Claim): ReadonlyArray<string> => {
  const name = ({ attempt, project, status, step_id, step_num }: Holding) =>
    `step ${step_num} of ${quoted(project)} (id ${step_id}), ${status} in attempt ${attempt}`
  const more = holding.length >= maxNamed ? "; get_agent_work lists all" : ""
  const also = step === null ? "You hold" : "You also hold"
  return holding.length === 0 ? [] : [`${also}: ${holding.map(name).join("; ")}${more}.`]
}

/** Returns why a claim got no step, who is in the way, what the caller holds, and when to ask again; or what is left to say of its step. */
export const claimRemark = (claim: Claim, { project, scopes }: ClaimStep): string | undefined => {
  const { blocked_by = [], reason, retry_after_seconds: retry, step } = claim
  if (step !== null) {
    const isAnyCut = step.dependencies.some(isCut) || step.previous_attempts?.some(isCut)
    const cut = "Notes that end with … were cut: get_step returns those of a dependency in full."
    const remarks = [...holdingText(claim), ...(isAnyCut === true ? [cut] : [])]
    return remarks.length === 0 ? undefined : remarks.join(" ")
  }
  if (reason === undefined) return undefined
  const named = project === undefined ? undefined : quoted(project)
  const asked: Asked = {
    project: named,
    inActive: named === undefined ? "in the active projects" : `in project ${named}`,
    inAny: named === undefined ? "in any project" : `in project ${named}`,
    ofScopes: scopes === undefined ? "" : " of these scopes"
  }
  const next =
    retry === undefined
      ? nextOf(reason)
      : `Ask again in ${retry} ${retry === 1 ? "second" : "seconds"}, or with wait_seconds: the call then waits.`
  return [
    `No step to claim (${reason}):`,
    ...reasonText(claim, reason, asked, scopes?.length ?? 0),
    ...blockersText(blocked_by),
    ...holdingText(claim),
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
