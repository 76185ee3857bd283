import type { BlockerInProject, StepExplanation } from "../../domain/answers/Explanations.ts"
import { isLive } from "../../domain/Status.ts"
import { shellWord, stepArgument } from "../text/references.ts"

/** Commands that are named at most. */
const maxNamed = 3

/** @param now milliseconds since 1970 */
const hasEnded = ({ lease_expires_at }: Pick<BlockerInProject, "lease_expires_at">, now: number) =>
  lease_expires_at === undefined || Date.parse(lease_expires_at) <= now

/** What a person can do so that a step that others wait for gets done; nothing if agents see to it. */
const doAbout = (step: BlockerInProject, project: string, now: number): ReadonlyArray<string> => {
  const name = stepArgument({ ...step, project })
  if (step.status === "failed" || (isLive(step.status) && hasEnded(step, now))) return [`hq recover ${name}`]
  if (step.status === "completed") return [`hq merge ${name} <commit>`]
  return step.status === "cancelled" ? [`hq plan edit ${shellWord(project)}`] : []
}

/**
 * Returns the commands that help a step on. None if it is done, or if agents see to it.
 *
 * @param now milliseconds since 1970
 */
export const nextOf = (step: StepExplanation, now: number): ReadonlyArray<string> => {
  if (step.status === "cancelled") return []
  const first = step.status === "not_started" ? step.roots : [{ ...step, step_id: step.id }]
  return first.flatMap((one) => doAbout(one, step.project, now)).slice(0, maxNamed)
}
