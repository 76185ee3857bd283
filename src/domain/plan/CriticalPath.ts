import { type Dependency, each, type StepGraph, stepGraph, tailsOf, type WeighedStep } from "./StepGraph.ts"

export type { Dependency, WeighedStep } from "./StepGraph.ts"

/**
 * The tail of every step: minutes of the longest chain of dependents that begins with it, its own included. Exact up to 2^53-1.
 * Linear in steps and dependencies. Steps of a cycle (`Plan.faults`), which only a person at the shell can make, and what those
 * wait for, have a tail of 0.
 */
export const tails = (
  steps: ReadonlyArray<WeighedStep>,
  dependencies: Iterable<Dependency>
): ReadonlyMap<number, number> => {
  const found = tailsOf(stepGraph(steps, dependencies))
  return new Map(steps.map((step, at) => [step.id, found[at] as number]))
}

export interface CriticalPath {
  /** No number of agents can finish sooner than in this many minutes. */
  readonly minutes: number
  /** Step ids, each waiting for the one before. */
  readonly steps: ReadonlyArray<number>
}

/** The longest chain of steps; of several as long, each time that with the lower id. Linear. */
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
    each(graph.dependents, at, consider)
  }
  return { minutes: path[0] === undefined ? 0 : tail(path[0]), steps: path.map(id) }
}
