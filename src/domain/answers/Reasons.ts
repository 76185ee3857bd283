import type { Blocker } from "../Claim.ts"
import type { Step } from "../Entities.ts"
import type { GlobPair } from "../GlobOverlaps.ts"
import { advice } from "../Lifecycle.ts"
import { isLive, type ProjectStatus, type UnblockOn } from "../Status.ts"
import type { Timestamp } from "../Text.ts"
import type { BlockerInProject } from "./Explanations.ts"

/** A held step whose files overlap those of a step that has not begun. */
export interface FileOverlap {
  readonly step: Blocker
  /** The glob of the step that has not begun, and the glob of the held step. */
  readonly files: GlobPair
}

/** Returns why the overlap keeps the step from being claimed. Continues a sentence about that step. */
export const describeOverlap = ({ files: [own, other], step: at }: FileOverlap): string => {
  const who = at.agent_id === undefined ? "which is at work" : `held by agent "${at.agent_id}"`
  return `is to change ${own}, and step ${at.step_num} (id ${at.step_id}), ${who}, ${own === other ? "the same" : other}`
}

/** The facts from which a step's reason and advice are written. */
export interface Situation {
  readonly step: Step
  readonly project: { readonly name: string; readonly status: ProjectStatus; readonly unblock_on: UnblockOn }
  /** Number of known unmet dependencies, direct or not. */
  readonly waitsFor: number
  /** Whether it may have more dependencies than those. */
  readonly isCut: boolean
  /** The dependencies that wait for no other step. */
  readonly roots: ReadonlyArray<BlockerInProject>
  /** Held steps whose files overlap. */
  readonly inUse: ReadonlyArray<FileOverlap>
  /** Blockers in the project. Read only if the chain is too long to find its roots. */
  readonly inProject: ReadonlyArray<Blocker>
  readonly now: Timestamp
}

/** Maximum number of steps that a sentence names. */
const maxNamed = 3

/** Maximum number of characters quoted from a failure's reason. */
const maxQuoted = 300

const hasEnded = ({ lease_expires_at }: Pick<BlockerInProject, "lease_expires_at">, now: Timestamp) =>
  lease_expires_at !== undefined && lease_expires_at <= now

/** Returns the holder and lease in words. Manual SQL may leave any of them unset. */
const describeHolder = (
  step: Pick<BlockerInProject, "agent_id" | "claimed_at" | "lease_expires_at">,
  now: Timestamp
): string => {
  const { agent_id, claimed_at, lease_expires_at: end } = step
  const by = agent_id === undefined ? "an unknown agent" : `agent "${agent_id}"`
  const since = claimed_at === undefined ? "" : ` since ${claimed_at}`
  const until = end === undefined ? "" : `, ${hasEnded(step, now) ? "its lease ended at" : "lease until"} ${end}`
  return `held by ${by}${since}${until}`
}

const describeStep = (step: BlockerInProject, now: Timestamp): string => {
  const name = `step ${step.step_num} (id ${step.step_id})`
  if (isLive(step.status)) return `${name} is ${step.status}, ${describeHolder(step, now)}`
  if (step.status === "completed") return `${name} is completed but not merged`
  if (step.status === "not_started") return `${name} can be claimed`
  return step.status === "failed" ? `${name} failed` : `${name} is ${step.status}`
}

const listed = (steps: ReadonlyArray<BlockerInProject>, now: Timestamp): string => {
  const named = steps.slice(0, maxNamed).map((step) => describeStep(step, now))
  return `${named.join("; ")}${steps.length > maxNamed ? `; and ${steps.length - maxNamed} more` : ""}`
}

const quoted = (text: string): string => (text.length > maxQuoted ? `${text.slice(0, maxQuoted)}…` : text)

/** Returns which steps must be done before a blocked step can begin. */
const dependenciesText = ({ inProject, isCut, now, roots, waitsFor }: Situation): string => {
  const others = `It waits for ${isCut ? "at least " : ""}${waitsFor} ${waitsFor === 1 ? "step" : "steps"}`
  if (roots.length > 0) return `${others}. First: ${listed(roots, now)}.`
  if (!isCut) return `${others}, which wait for each other in a circle.`
  return inProject.length === 0
    ? `${others}.`
    : `${others}, too many to follow. In the project these hold up most: ${listed(inProject, now)}.`
}

/** Returns why the step cannot be claimed, in one or two sentences. */
export const reasonOf = (situation: Situation): string => {
  const { now, project, step, waitsFor } = situation
  if (isLive(step.status)) return `It is ${step.status}, ${describeHolder(step, now)}, in attempt ${step.attempt}.`
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
    ...(waitsFor > 0 ? [dependenciesText(situation)] : []),
    ...situation.inUse.slice(0, maxNamed).map((overlap) => `It ${describeOverlap(overlap)}.`)
  ]
  return sentences.length > 0 ? sentences.join(" ") : "It is ready: nobody has claimed it."
}

const ids = (steps: ReadonlyArray<BlockerInProject>): string =>
  `step id ${steps
    .slice(0, maxNamed)
    .map((step) => step.step_id)
    .join(", ")}${steps.length > maxNamed ? " and others" : ""}`

/** Returns the advice that gets the roots done, a sentence for each kind of root. */
const adviceForRoots = ({ isCut, now, project, roots }: Situation): ReadonlyArray<string> => {
  const adviceIf = (matches: (step: BlockerInProject) => boolean, advise: (ids: string) => string) => {
    const found = roots.filter(matches)
    return found.length > 0 ? [advise(ids(found))] : []
  }
  const isGone = (step: BlockerInProject) => isLive(step.status) && hasEnded(step, now)
  if (roots.length === 0) {
    return isCut
      ? [`Call explain_step with project "${project.name}" for what holds up most.`]
      : ["Call update_plan to take one of these dependencies away."]
  }
  return [
    ...adviceIf(
      ({ status }) => status === "failed",
      (ids) => `Call recover_failed_step for ${ids}.`
    ),
    ...adviceIf(
      ({ status }) => status === "completed",
      (ids) => `Call merge_step for ${ids} once it is merged.`
    ),
    ...adviceIf(
      ({ status }) => status === "cancelled",
      (ids) => `Call update_plan so that nothing depends on ${ids}.`
    ),
    ...adviceIf(isGone, (ids) => `Call recover_step for ${ids} if its agent is gone.`),
    ...(project.status === "active"
      ? adviceIf(
          ({ status }) => status === "not_started",
          (ids) => `Call claim_step for ${ids}.`
        )
      : []),
    ...adviceIf(
      (step) => isLive(step.status) && !isGone(step),
      () => "Let the agents at work go on; call claim_step for other work."
    )
  ]
}

/** Returns what the caller can do next. */
export const nextOf = (situation: Situation): string => {
  const { now, project, step, waitsFor } = situation
  if (isLive(step.status) && hasEnded(step, now)) return "Call recover_step if its agent is gone; a sweep does so, too."
  if (step.status === "completed" && project.unblock_on === "merged")
    return "Call merge_step once its branch is merged."
  if (step.status !== "not_started") return advice("claim", step.status)
  const steps = [
    ...(project.status === "active" ? [] : ["Call update_project with status active to hand its steps out."]),
    ...(waitsFor > 0 ? adviceForRoots(situation) : []),
    ...(situation.inUse.length > 0
      ? ["Let that go on; or call claim_step with allow_overlap: true if a merge conflict does no harm."]
      : [])
  ]
  return steps.length > 0 ? steps.join(" ") : `Call claim_step with step_id ${step.id}.`
}
