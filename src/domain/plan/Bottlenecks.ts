import { each, type StepGraph, type WeighedStep } from "./StepGraph.ts"

/** A step, and how many others wait for it, directly or not. */
export interface Bottleneck {
  readonly id: number
  readonly blocks: number
}

export interface Bottlenecks {
  readonly steps: ReadonlyArray<Bottleneck>
  /** False: to count all that might be among them would have taken too long, so that others may block more. Each count is right. */
  readonly isComplete: boolean
}

/** Steps and dependencies that the counting looks at, in all: about a tenth of a second. */
const mostWork = 2 ** 23

/**
 * The steps that may be among the `count` that block most, by position: what a step waits for blocks more than the step itself
 * does, so that one which waits for as many as that is none of them.
 */
const candidates = ({ order, steps, waitsFor }: StepGraph, count: number): ReadonlyArray<number> => {
  /** What each step waits for, directly or not; undefined where that is too much. */
  const waited: Array<ReadonlySet<number> | undefined> = steps.map(() => undefined)
  const found: Array<number> = []
  for (const at of order.toReversed()) {
    let isOne = true
    each(waitsFor, at, (other) => {
      isOne &&= waited[other] !== undefined
    })
    if (!isOne) continue
    const all = new Set<number>()
    each(waitsFor, at, (other) => {
      all.add(other)
      for (const one of waited[other] as ReadonlySet<number>) all.add(one)
    })
    if (all.size >= count) continue
    waited[at] = all
    found.push(at)
  }
  return found
}

/** No more steps than that wait for each one: as many, where none is reached in two ways. */
const bounds = ({ dependents, order, steps }: StepGraph): ReadonlyArray<number> => {
  const most = steps.map(() => 0)
  for (const at of order) {
    let sum = 0
    each(dependents, at, (dependent) => {
      sum += 1 + (most[dependent] as number)
    })
    most[at] = Math.min(sum, steps.length - 1)
  }
  return most
}

/** Counts the steps that wait for one, and tells how many steps and dependencies it has looked at so far. */
const counting = ({ dependents: { items, starts }, steps }: StepGraph) => {
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
    // Written out, since nearly all of the time goes by here.
    for (let next = 0; next < size; next++) {
      const step = found[next] as number
      const end = starts[step + 1] as number
      for (let place = starts[step] as number; place < end; place++) {
        const dependent = items[place] as number
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
    // Many steps may wait to be brought together by the same one.
    return (starts[at + 1] as number) - first === 1 ? 1 + walk(items[first] as number) : walk(at)
  }
  return { count, work: () => work }
}

/**
 * The `count` steps that most others wait for, directly or not, most first, then by id; of those with as many as the last, some.
 * Steps that nobody waits for are left out.
 */
export const bottlenecks = (graph: StepGraph, count: number): Bottlenecks => {
  const most = bounds(graph)
  const bound = (at: number) => most[at] as number
  const counter = counting(graph)
  const best: Array<Bottleneck> = []
  const possible = candidates(graph, count)
    .filter((at) => bound(at) > 0)
    .sort((a, b) => bound(b) - bound(a) || a - b)
  for (const at of possible) {
    if ((best[count - 1]?.blocks ?? 0) >= bound(at)) break
    if (counter.work() > mostWork) return { steps: best, isComplete: false }
    best.push({ id: (graph.steps[at] as WeighedStep).id, blocks: counter.count(at) })
    best.sort((a, b) => b.blocks - a.blocks || a.id - b.id).splice(count)
  }
  return { steps: best, isComplete: true }
}
