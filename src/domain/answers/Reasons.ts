import type { Blocker, Step } from "../Entities.ts"
import { advice } from "../Lifecycle.ts"
import type { Overlap } from "../plan/Globs.ts"
import { isLive, type ProjectStatus, type UnblockOn } from "../Status.ts"
import type { Timestamp } from "../Text.ts"
import type { Awaited } from "./Explanations.ts"

/** Two steps that change the same files: one has not begun, the other is at work. */
export interface Clash {
  readonly step: Blocker
  /** The glob of the first, and that of the other. */
  readonly files: Overlap
}

/** What keeps the first of them from being handed out. */
export const clashing = ({ files: [own, other], step: at }: Clash): string => {
  const who = at.agent_id === undefined ? "which is at work" : `held by agent "${at.agent_id}"`
  return `is to change ${own}, and step ${at.step_num} (id ${at.step_id}), ${who}, ${own === other ? "the same" : other}`
}

/** What there is to say of a step that somebody asks about. */
export interface Situation {
  readonly step: Step
  readonly project: { readonly name: string; readonly status: ProjectStatus; readonly unblock_on: UnblockOn }
  /** How many steps it waits for, directly or not, as far as it is known. */
  readonly waitsFor: number
  /** It may wait for more than those. */
  readonly isCut: boolean
  /** Those of them that wait for no other. */
  readonly roots: ReadonlyArray<Awaited>
  /** Steps at work that change the files which it is to change, each with the globs of both. */
  readonly inUse: ReadonlyArray<Clash>
  /** What others of the project wait for; asked for where the chain is too long to find its roots. */
  readonly inProject: ReadonlyArray<Blocker>
  readonly now: Timestamp
}

/** Steps that a sentence names at most. */
const maxNamed = 3

/** Characters of the reason of a failure. */
const maxQuoted = 300

const hasEnded = ({ lease_expires_at }: Pick<Awaited, "lease_expires_at">, now: Timestamp) =>
  lease_expires_at !== undefined && lease_expires_at <= now

/** By whom a step is held, since when and until when: as far as it is known, since a person can give it to somebody, too. */
const held = (step: Pick<Awaited, "agent_id" | "claimed_at" | "lease_expires_at">, now: Timestamp): string => {
  const { agent_id, claimed_at, lease_expires_at: end } = step
  const by = agent_id === undefined ? "an unknown agent" : `agent "${agent_id}"`
  const since = claimed_at === undefined ? "" : ` since ${claimed_at}`
  const until = end === undefined ? "" : `, ${hasEnded(step, now) ? "its lease ended at" : "lease until"} ${end}`
  return `held by ${by}${since}${until}`
}

const described = (step: Awaited, now: Timestamp): string => {
  const name = `step ${step.step_num} (id ${step.step_id})`
  if (isLive(step.status)) return `${name} is ${step.status}, ${held(step, now)}`
  if (step.status === "completed") return `${name} is completed but not merged`
  if (step.status === "not_started") return `${name} can be claimed`
  return step.status === "failed" ? `${name} failed` : `${name} is ${step.status}`
}

const some = (steps: ReadonlyArray<Awaited>, now: Timestamp): string => {
  const named = steps.slice(0, maxNamed).map((step) => described(step, now))
  return `${named.join("; ")}${steps.length > maxNamed ? `; and ${steps.length - maxNamed} more` : ""}`
}

const quoted = (text: string): string => (text.length > maxQuoted ? `${text.slice(0, maxQuoted)}…` : text)

/** What must be done before a step that waits can begin. */
const waiting = ({ inProject, isCut, now, roots, waitsFor }: Situation): string => {
  const others = `It waits for ${isCut ? "at least " : ""}${waitsFor} ${waitsFor === 1 ? "step" : "steps"}`
  if (roots.length > 0) return `${others}. First: ${some(roots, now)}.`
  if (!isCut) return `${others}, which wait for each other in a circle.`
  return inProject.length === 0
    ? `${others}.`
    : `${others}, too many to follow. In the project these hold up most: ${some(inProject, now)}.`
}

/** Why the step is not to be had, in one or two sentences. */
export const reasonOf = (situation: Situation): string => {
  const { now, project, step, waitsFor } = situation
  if (isLive(step.status)) return `It is ${step.status}, ${held(step, now)}, in attempt ${step.attempt}.`
  if (step.status === "failed") {
    const by = step.agent_id === undefined ? "" : ` by agent "${step.agent_id}"`
    return `It failed in attempt ${step.attempt}${by}${step.notes === undefined ? "." : `: ${quoted(step.notes)}`}`
  }
  if (step.status === "completed" && project.unblock_on === "merged") {
    return "It is completed but not merged: what depends on it waits for that."
  }
  if (step.status !== "not_started") return `It is ${step.status}.`
  const sentences = [
    ...(project.status === "active"
      ? []
      : [`Project "${project.name}" is ${project.status}: its steps are not handed out.`]),
    ...(waitsFor > 0 ? [waiting(situation)] : []),
    ...situation.inUse.slice(0, maxNamed).map((clash) => `It ${clashing(clash)}.`)
  ]
  return sentences.length > 0 ? sentences.join(" ") : "It is ready: nobody has claimed it."
}

const ids = (steps: ReadonlyArray<Awaited>): string =>
  `step id ${steps
    .slice(0, maxNamed)
    .map((step) => step.step_id)
    .join(", ")}${steps.length > maxNamed ? " and others" : ""}`

/** What gets the steps done for which others wait. */
const forRoots = ({ isCut, now, project, roots }: Situation): ReadonlyArray<string> => {
  const of = (is: (step: Awaited) => boolean, says: (ids: string) => string) => {
    const found = roots.filter(is)
    return found.length > 0 ? [says(ids(found))] : []
  }
  const isGone = (step: Awaited) => isLive(step.status) && hasEnded(step, now)
  if (roots.length === 0) {
    return isCut
      ? [`Call explain_step with project "${project.name}" for what holds up most.`]
      : ["Call update_plan to take one of these dependencies away."]
  }
  return [
    ...of(
      ({ status }) => status === "failed",
      (ids) => `Call recover_failed_step for ${ids}.`
    ),
    ...of(
      ({ status }) => status === "completed",
      (ids) => `Call merge_step for ${ids} once it is merged.`
    ),
    ...of(
      ({ status }) => status === "cancelled",
      (ids) => `Call update_plan so that nothing depends on ${ids}.`
    ),
    ...of(isGone, (ids) => `Call recover_step for ${ids} if its agent is gone.`),
    ...(project.status === "active"
      ? of(
          ({ status }) => status === "not_started",
          (ids) => `Call claim_step for ${ids}.`
        )
      : []),
    ...of(
      (step) => isLive(step.status) && !isGone(step),
      () => "Let the agents at work go on; call claim_step for other work."
    )
  ]
}

/** What to do about it. */
export const nextOf = (situation: Situation): string => {
  const { now, project, step, waitsFor } = situation
  if (isLive(step.status) && hasEnded(step, now)) return "Call recover_step if its agent is gone; a sweep does so, too."
  if (step.status === "completed" && project.unblock_on === "merged")
    return "Call merge_step once its branch is merged."
  if (step.status !== "not_started") return advice("claim", step.status)
  const steps = [
    ...(project.status === "active" ? [] : ["Call update_project with status active to hand its steps out."]),
    ...(waitsFor > 0 ? forRoots(situation) : []),
    ...(situation.inUse.length > 0
      ? ["Let that go on; or call claim_step with allow_overlap: true if a merge conflict does no harm."]
      : [])
  ]
  return steps.length > 0 ? steps.join(" ") : `Call claim_step with step_id ${step.id}.`
}
