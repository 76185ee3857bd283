import { type Dependency, forEachNeighbour, type StepGraph, stepGraph, tailsOf, type WeighedStep } from "./StepGraph.ts"

export type { Dependency, WeighedStep } from "./StepGraph.ts"

/**
 * Returns the tail of every step: the minutes of the longest chain of dependents that starts with it, its own included.
 * Exact up to 2^53-1, and linear in steps and dependencies. The tail is 0 for steps in a cycle (`Plan.faults`) and for
 * their dependencies. Only manual SQL can create a cycle.
 */
export const tails = (
  steps: ReadonlyArray<WeighedStep>,
  dependencies: Iterable<Dependency>
): ReadonlyMap<number, number> => {
  const byPosition = tailsOf(stepGraph(steps, dependencies))
  return new Map(steps.map((step, at) => [step.id, byPosition[at] as number]))
}

export interface CriticalPath {
  /** Lower bound of the duration with any number of agents, in minutes. */
  readonly minutes: number
  /** Step ids, each a dependency of the next. */
  readonly steps: ReadonlyArray<number>
}

/** Returns the longest chain of steps in linear time. Ties go to the lower id. */
export const criticalPath = (graph: StepGraph): CriticalPath => {
  const { steps } = graph
  const byPosition = tailsOf(graph)
  const id = (at: number) => (steps[at] as WeighedStep).id
  const tail = (at: number) => byPosition[at] as number
  const isBetter = (at: number, than: number) => tail(at) > tail(than) || (tail(at) === tail(than) && id(at) < id(than))
  const path: Array<number> = []
  let next: number | undefined
  const consider = (at: number) => {
    if (next === undefined || isBetter(at, next)) next = at
  }
  graph.order.forEach(consider)
  while (next !== undefined) {
    const at: number = next
    path.push(at)
    next = undefined
    forEachNeighbour(graph.dependents, at, consider)
  }
  return { minutes: path[0] === undefined ? 0 : tail(path[0]), steps: path.map(id) }
}
