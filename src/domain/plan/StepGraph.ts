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

/** Which steps are next to each, by position: those of step `at` are the items from starts[at] on, up to starts[at + 1]. */
export interface Neighbours {
  readonly starts: Int32Array
  readonly items: Int32Array
}

/** Calls back with each of a step's neighbours. */
export const each = ({ items, starts }: Neighbours, at: number, call: (neighbour: number) => void): void => {
  for (let place = starts[at] as number; place < (starts[at + 1] as number); place++) call(items[place] as number)
}

/** Who waits for whom among some steps, each of which goes by its position. */
export interface StepGraph {
  readonly steps: ReadonlyArray<WeighedStep>
  /** Those that wait for a step directly. */
  readonly dependents: Neighbours
  /** Those that a step waits for directly. */
  readonly waitsFor: Neighbours
  /** Every step after all that wait for it. Steps of a cycle, which only a person at the shell can make, and what those wait for, are missing. */
  readonly order: ReadonlyArray<number>
}

/** The values by key, keys being less than `count`. They lie in one array: a million small ones would take seconds. */
const grouped = (count: number, keys: ReadonlyArray<number>, values: ReadonlyArray<number>): Neighbours => {
  const starts = new Int32Array(count + 1)
  for (const key of keys) starts[key + 1] = (starts[key + 1] as number) + 1
  for (let key = 0; key < count; key++) starts[key + 1] = (starts[key + 1] as number) + (starts[key] as number)
  const filled = starts.slice()
  const items = new Int32Array(values.length)
  keys.forEach((key, at) => {
    const place = filled[key] as number
    items[place] = values[at] as number
    filled[key] = place + 1
  })
  return { starts, items }
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
    each(waitsFor, at, (other) => {
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
    each(waitsFor, at, (other) => {
      longest[other] = Math.max(longest[other] as number, tail)
    })
  }
  return tails
}
