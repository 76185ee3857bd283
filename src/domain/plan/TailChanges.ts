/** The stored facts about a step from which its tail follows. */
export interface TailRow {
  readonly id: number
  /** The stored tail before the edit. Any value, such as 0, for a new step. */
  readonly tail: number
  /** Whole minutes, at least 1. */
  readonly weight: number
  /** Step ids. */
  readonly dependencies: ReadonlyArray<number>
  /** Direct dependents with their stored tails. */
  readonly dependents: ReadonlyArray<{ readonly id: number; readonly tail: number }>
}

export interface TailChanges {
  /** New tails, in minutes, of the steps whose stored tail is wrong. */
  readonly tails: ReadonlyMap<number, number>
  /** Steps without a finite tail: those of a cycle, and their dependencies. */
  readonly infinite: ReadonlyArray<number>
}

/** A visited step: `tail` is what other steps use, `due` follows from the tails of its dependents. */
interface Visited {
  readonly row: TailRow
  tail: number
  due: number
}

/** Steps whose `tail` and `due` differ, keyed by the smaller of the two. */
class Queue {
  /** In descending order. */
  readonly #keys: Array<number> = []
  readonly #steps = new Map<number, Set<Visited>>()

  get length(): number {
    return this.#keys.length
  }

  add(step: Visited): void {
    const key = Math.min(step.tail, step.due)
    const steps = this.#steps.get(key)
    if (steps !== undefined) {
      steps.add(step)
      return
    }
    let [low, high] = [0, this.#keys.length]
    while (low < high) {
      const middle = (low + high) >>> 1
      if ((this.#keys[middle] as number) > key) low = middle + 1
      else high = middle
    }
    this.#keys.splice(low, 0, key)
    this.#steps.set(key, new Set([step]))
  }

  /** Removes and returns the steps with the smallest key. Skips entries whose key has changed since. */
  smallest(): ReadonlyArray<Visited> {
    const key = this.#keys.pop() as number
    const steps = [...(this.#steps.get(key) as Set<Visited>)]
    this.#steps.delete(key)
    return steps.filter(({ tail, due }) => tail !== due && Math.min(tail, due) === key)
  }
}

/**
 * Returns the tails (see `CriticalPath.tails`) that an edit of the plan changes. It yields the step ids whose rows it
 * needs, each id once. The caller answers with the rows as they are after the edit; missing steps have none:
 *
 *     let asked = changes.next()
 *     while (!asked.done) asked = changes.next(yield* rows(asked.value))
 *
 * It requests only `edited`, the steps whose tails change, and the dependencies of these. Each gets a new tail at most
 * twice. Smaller tails are settled first, because a tail depends only on smaller ones. A tail that was too small counts
 * as infinite until all smaller ones are settled (Ramalingam and Reps, "An incremental algorithm for a generalization
 * of the shortest-path problem", 1996).
 *
 * @param edited ids of new steps, of steps with a changed estimate, and of steps that gained or lost a dependent
 */
export function* tailChanges(
  edited: Iterable<number>
): Generator<ReadonlyArray<number>, TailChanges, ReadonlyArray<TailRow>> {
  const requested = new Set<number>()
  const visited = new Map<number, Visited>()
  const queue = new Queue()
  const tailFromDependents = ({ weight, dependents }: TailRow): number =>
    weight + dependents.reduce((longest, { id, tail }) => Math.max(longest, visited.get(id)?.tail ?? tail), 0)
  let touched = new Set(edited)
  for (;;) {
    const unknown = [...touched].filter((id) => !requested.has(id))
    if (unknown.length > 0) {
      for (const id of unknown) requested.add(id)
      for (const row of yield unknown) visited.set(row.id, { row, tail: row.tail, due: row.tail })
    }
    for (const id of touched) {
      const step = visited.get(id)
      if (step === undefined) continue
      step.due = tailFromDependents(step.row)
      if (step.due !== step.tail) queue.add(step)
    }
    if (queue.length === 0) break
    touched = new Set()
    for (const step of queue.smallest()) {
      step.tail = step.due < step.tail ? step.due : Number.POSITIVE_INFINITY
      if (step.due !== step.tail) touched.add(step.row.id)
      for (const id of step.row.dependencies) touched.add(id)
    }
  }
  const steps = [...visited.values()].filter(({ row, tail }) => tail !== row.tail)
  return {
    tails: new Map(steps.flatMap(({ row, tail }) => (Number.isFinite(tail) ? [[row.id, tail] as const] : []))),
    infinite: steps.flatMap(({ row, tail }) => (Number.isFinite(tail) ? [] : [row.id]))
  }
}
