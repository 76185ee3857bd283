/** What is asked of one step to find its tail. */
export interface TailRow {
  readonly id: number
  /** The tail that is stored, right before the edit; anything, such as 0, for a new step. */
  readonly tail: number
  /** Minutes, a whole number from 1 on. */
  readonly weight: number
  /** Step ids. */
  readonly dependencies: ReadonlyArray<number>
  /** Their tails are the stored ones. */
  readonly dependents: ReadonlyArray<{ readonly id: number; readonly tail: number }>
}

export interface TailChanges {
  /** New tails, in minutes, of the steps where they differ from the stored ones. */
  readonly tails: ReadonlyMap<number, number>
  /** The steps that have no tail: those of a cycle, and those that such a cycle waits for. */
  readonly endless: ReadonlyArray<number>
}

/** A step met so far: `tail` is believed by others, `due` follows from what is believed of its dependents. */
interface Met {
  readonly row: TailRow
  tail: number
  due: number
}

/** Steps whose tail is not due, by the smaller of the two. */
class Queue {
  /** Largest first. */
  readonly #keys: Array<number> = []
  readonly #steps = new Map<number, Set<Met>>()

  get length(): number {
    return this.#keys.length
  }

  add(step: Met): void {
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

  /** Takes out those with the smallest key; steps that have got another key since, or none, are no longer meant. */
  smallest(): ReadonlyArray<Met> {
    const key = this.#keys.pop() as number
    const steps = [...(this.#steps.get(key) as Set<Met>)]
    this.#steps.delete(key)
    return steps.filter(({ tail, due }) => tail !== due && Math.min(tail, due) === key)
  }
}

/**
 * The tails (see `CriticalPath.tails`) that an edit of the plan changes. It asks for rows, as they are after the edit, by yielding
 * step ids, each once, and is given the rows of those that exist:
 *
 *     let asked = changes.next()
 *     while (!asked.done) asked = changes.next(yield* rows(asked.value))
 *
 * Asks for `edited`, for the steps whose tails change and for the dependencies of these, and for no others; each gets a tail at
 * most twice. Smaller tails go first, since a tail depends on smaller ones only; one that was too small counts as endless until all
 * smaller ones are right (Ramalingam and Reps, "An incremental algorithm for a generalization of the shortest-path problem", 1996).
 *
 * @param edited the ids of new steps, of those whose estimate changed, and of those that have got or lost a dependent
 */
export function* tailChanges(
  edited: Iterable<number>
): Generator<ReadonlyArray<number>, TailChanges, ReadonlyArray<TailRow>> {
  const asked = new Set<number>()
  const met = new Map<number, Met>()
  const queue = new Queue()
  const dueOf = ({ weight, dependents }: TailRow): number =>
    weight + dependents.reduce((most, { id, tail }) => Math.max(most, met.get(id)?.tail ?? tail), 0)
  let touched = new Set(edited)
  for (;;) {
    const unknown = [...touched].filter((id) => !asked.has(id))
    if (unknown.length > 0) {
      for (const id of unknown) asked.add(id)
      for (const row of yield unknown) met.set(row.id, { row, tail: row.tail, due: row.tail })
    }
    for (const id of touched) {
      const step = met.get(id)
      if (step === undefined) continue
      step.due = dueOf(step.row)
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
  const steps = [...met.values()].filter(({ row, tail }) => tail !== row.tail)
  return {
    tails: new Map(steps.flatMap(({ row, tail }) => (Number.isFinite(tail) ? [[row.id, tail] as const] : []))),
    endless: steps.flatMap(({ row, tail }) => (Number.isFinite(tail) ? [] : [row.id]))
  }
}
