/** What the length of a plan depends on, of one step. */
export interface WeighedStep {
  readonly id: number
  /** Minutes, a whole number; absent counts as 1. */
  readonly estimate_minutes?: number | undefined
}

/** A row of the table of dependencies. */
export interface Dependency {
  readonly step_id: number
  readonly depends_on_step_id: number
}

/** Calls back with each of the values that a key has. */
export type Each = (key: number, each: (value: number) => void) => void

/** Who waits for whom among some steps, each of which goes by its position. */
export interface StepGraph {
  readonly steps: ReadonlyArray<WeighedStep>
  /** Those that wait for a step directly. */
  readonly dependents: Each
  /** Those that a step waits for directly. */
  readonly waitsFor: Each
  /** Every step after all that wait for it. Steps of a cycle, which only a person at the shell can make, and what those wait for, are missing. */
  readonly order: ReadonlyArray<number>
}

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

/** Linear in steps and dependencies. Dependencies on or of other steps than these are passed over. */
export const stepGraph = (steps: ReadonlyArray<WeighedStep>, dependencies: Iterable<Dependency>): StepGraph => {
  const positions = new Map(steps.map((step, at) => [step.id, at]))
  const waiting: Array<number> = []
  const needed: Array<number> = []
  const left = steps.map(() => 0)
  for (const { depends_on_step_id, step_id } of dependencies) {
    const step = positions.get(step_id)
    const other = positions.get(depends_on_step_id)
    if (step === undefined || other === undefined) continue
    waiting.push(step)
    needed.push(other)
    left[other] = (left[other] as number) + 1
  }
  const waitsFor = grouped(steps.length, waiting, needed)
  const order = [...left.keys()].filter((at) => left[at] === 0)
  for (const at of order) {
    waitsFor(at, (other) => {
      left[other] = (left[other] as number) - 1
      if (left[other] === 0) order.push(other)
    })
  }
  return { steps, dependents: grouped(steps.length, needed, waiting), waitsFor, order }
}

/** Minutes of the longest chain of dependents that begins with each step, by position. */
export const tailsOf = ({ steps, order, waitsFor }: StepGraph): ReadonlyArray<number> => {
  const tails = steps.map(() => 0)
  /** Of the dependents that are behind already. */
  const longest = steps.map(() => 0)
  for (const at of order) {
    const tail = (longest[at] as number) + (steps[at]?.estimate_minutes ?? 1)
    tails[at] = tail
    waitsFor(at, (other) => {
      longest[other] = Math.max(longest[other] as number, tail)
    })
  }
  return tails
}
