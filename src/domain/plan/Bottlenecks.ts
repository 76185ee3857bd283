import { forEachNeighbour, type StepGraph, type WeighedStep } from "./StepGraph.ts"

/** A step and the number of its dependents, direct or not. */
export interface Bottleneck {
  readonly id: number
  readonly blocks: number
}

export interface Bottlenecks {
  readonly steps: ReadonlyArray<Bottleneck>
  /** False if counting stopped early: other steps may block more. Every returned count is exact. */
  readonly isComplete: boolean
}

/** Steps and dependencies that counting may visit before it stops: about 0.1 s. */
const maxWork = 2 ** 23

/**
 * Returns the positions of the steps that may be among the `count` largest blockers. A dependency blocks more steps
 * than its dependent does. So a step with `count` or more dependencies is never among them.
 */
const candidates = ({ order, steps, waitsFor }: StepGraph, count: number): ReadonlyArray<number> => {
  /** Direct and transitive dependencies of each step; undefined if there are too many. */
  const dependencies: Array<ReadonlySet<number> | undefined> = steps.map(() => undefined)
  const found: Array<number> = []
  for (const at of order.toReversed()) {
    let isCandidate = true
    forEachNeighbour(waitsFor, at, (other) => {
      isCandidate &&= dependencies[other] !== undefined
    })
    if (!isCandidate) continue
    const all = new Set<number>()
    forEachNeighbour(waitsFor, at, (other) => {
      all.add(other)
      for (const one of dependencies[other] as ReadonlySet<number>) all.add(one)
    })
    if (all.size >= count) continue
    dependencies[at] = all
    found.push(at)
  }
  return found
}

/** Returns an upper bound of the dependents of each step. It is exact if no dependent is reached by two paths. */
const upperBounds = ({ dependents, order, steps }: StepGraph): ReadonlyArray<number> => {
  const upper = steps.map(() => 0)
  for (const at of order) {
    let sum = 0
    forEachNeighbour(dependents, at, (dependent) => {
      sum += 1 + (upper[dependent] as number)
    })
    upper[at] = Math.min(sum, steps.length - 1)
  }
  return upper
}

/** Returns a function that counts the dependents of a step, and one that returns the work so far. */
const makeCounter = ({ dependents: { items, starts }, steps }: StepGraph) => {
  const counts = new Map<number, number>()
  const seenFrom = new Int32Array(steps.length).fill(-1)
  const found = new Int32Array(steps.length)
  let work = 0
  const walk = (at: number): number => {
    const known = counts.get(at)
    if (known !== undefined) return known
    let size = 1
    found[0] = at
    seenFrom[at] = at
    // The hot loop: `forEachNeighbour` would be slower here.
    for (let next = 0; next < size; next++) {
      const step = found[next] as number
      const end = starts[step + 1] as number
      for (let index = starts[step] as number; index < end; index++) {
        const dependent = items[index] as number
        work++
        if (seenFrom[dependent] === at) continue
        seenFrom[dependent] = at
        found[size++] = dependent
      }
    }
    work += size
    counts.set(at, size - 1)
    return size - 1
  }
  const count = (at: number): number => {
    const first = starts[at] as number
    // Many steps may share one single dependent, whose count is cached.
    return (starts[at + 1] as number) - first === 1 ? 1 + walk(items[first] as number) : walk(at)
  }
  return { count, work: () => work }
}

/**
 * Returns the `count` steps with the most dependents, direct or not: most first, then by id. Steps that tie with the
 * last one may be missing. Steps without dependents are left out.
 */
export const bottlenecks = (graph: StepGraph, count: number): Bottlenecks => {
  const upper = upperBounds(graph)
  const bound = (at: number) => upper[at] as number
  const counter = makeCounter(graph)
  const best: Array<Bottleneck> = []
  const candidatesByBound = candidates(graph, count)
    .filter((at) => bound(at) > 0)
    .sort((a, b) => bound(b) - bound(a) || a - b)
  for (const at of candidatesByBound) {
    if ((best[count - 1]?.blocks ?? 0) >= bound(at)) break
    if (counter.work() > maxWork) return { steps: best, isComplete: false }
    best.push({ id: (graph.steps[at] as WeighedStep).id, blocks: counter.count(at) })
    best.sort((a, b) => b.blocks - a.blocks || a.id - b.id).splice(count)
  }
  return { steps: best, isComplete: true }
}
