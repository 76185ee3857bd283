import type { Step } from "../../domain/Entities.ts"

/** What is asked about the steps of a project. */
export interface LeftOf {
  /** Whether a step is this worker's business. */
  readonly isOurs: (step: Step) => boolean
  /** Whether completed steps are to be merged. */
  readonly isMerging: boolean
  /** Whether steps wait for the merge of those that they depend on. */
  readonly needsMerge: boolean
}

/** What keeps a worker's steps from their end. Step numbers, in order. */
export interface Left {
  /** Failed steps of ours, or that steps of ours wait for. */
  readonly failed: ReadonlyArray<number>
  /** Completed steps of ours that were to be merged, or for whose merge steps of ours wait. */
  readonly unmerged: ReadonlyArray<number>
}

/** Numbers of all steps that these wait for. */
const awaitedBy = (open: ReadonlyArray<Step>, all: ReadonlyMap<number, Step>): ReadonlySet<number> => {
  const awaited = new Set<number>()
  const rest = [...open]
  for (let step = rest.pop(); step !== undefined; step = rest.pop()) {
    for (const num of step.depends_on ?? []) {
      const below = all.get(num)
      if (awaited.has(num) || below === undefined) continue
      awaited.add(num)
      rest.push(below)
    }
  }
  return awaited
}

/** Finds out what is left of a project. @param steps all that it has */
export const left = (steps: ReadonlyArray<Step>, { isMerging, isOurs, needsMerge }: LeftOf): Left => {
  const open = steps.filter((step) => step.status === "not_started" && isOurs(step))
  const awaited = awaitedBy(open, new Map(steps.map((step) => [step.step_num, step])))
  const numbers = (isLeft: (step: Step) => boolean) =>
    steps
      .filter(isLeft)
      .map(({ step_num }) => step_num)
      .sort((a, b) => a - b)
  return {
    failed: numbers((step) => step.status === "failed" && (isOurs(step) || awaited.has(step.step_num))),
    unmerged: numbers(
      (step) =>
        step.status === "completed" && ((isMerging && isOurs(step)) || (needsMerge && awaited.has(step.step_num)))
    )
  }
}
