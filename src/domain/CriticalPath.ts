/** What the length of a plan depends on, of one step. */
export interface WeighedStep {
  readonly id: number
  /** Minutes, a whole number from 1 on; absent counts as 1. */
  readonly estimate_minutes?: number | undefined
}

/** A row of the table of dependencies. */
export interface Dependency {
  readonly step_id: number
  readonly depends_on_step_id: number
}

/** Calls back with each of the values that a key has. */
type Each = (key: number, each: (value: number) => void) => void

/** The values by key, keys being less than `count`. They lie in one array: a million small ones would take seconds. */
const grouped = (count: number, keys: ReadonlyArray<number>, values: ReadonlyArray<number>): Each => {
  const ends = new Int32Array(count + 1)
  for (const key of keys) ends[key + 1] = (ends[key + 1] as number) + 1
  for (let key = 0; key < count; key++) ends[key + 1] = (ends[key + 1] as number) + (ends[key] as number)
  const filled = ends.slice()
  const items = new Int32Array(values.length)
  keys.forEach((key, at) => {
    const place = filled[key] as number
    items[place] = values[at] as number
    filled[key] = place + 1
  })
  return (key, each) => {
    for (let at = ends[key] as number; at < (ends[key + 1] as number); at++) each(items[at] as number)
  }
}

/**
 * The tail of every step: minutes of the longest chain of dependents that begins with it, its own included. Exact up to 2^53-1.
 * Linear in steps and dependencies. Steps of a cycle (`Plan.faults`), which only a person at the shell can make, and what those
 * wait for, have a tail of 0.
 */
export const tails = (
  steps: ReadonlyArray<WeighedStep>,
  dependencies: Iterable<Dependency>
): ReadonlyMap<number, number> => {
  const positions = new Map(steps.map((step, at) => [step.id, at]))
  const waiting: Array<number> = []
  const needed: Array<number> = []
  const dependents = steps.map(() => 0)
  for (const { depends_on_step_id, step_id } of dependencies) {
    const step = positions.get(step_id)
    const other = positions.get(depends_on_step_id)
    if (step === undefined || other === undefined) continue
    waiting.push(step)
    needed.push(other)
    dependents[other] = (dependents[other] as number) + 1
  }
  const waitsFor = grouped(steps.length, waiting, needed)
  const found = steps.map(() => 0)
  /** Of the dependents that are behind already. */
  const longest = steps.map(() => 0)
  const order = [...dependents.keys()].filter((at) => dependents[at] === 0)
  for (const at of order) {
    const tail = (longest[at] as number) + (steps[at]?.estimate_minutes ?? 1)
    found[at] = tail
    waitsFor(at, (other) => {
      longest[other] = Math.max(longest[other] as number, tail)
      dependents[other] = (dependents[other] as number) - 1
      if (dependents[other] === 0) order.push(other)
    })
  }
  return new Map(steps.map((step, at) => [step.id, found[at] as number]))
}
