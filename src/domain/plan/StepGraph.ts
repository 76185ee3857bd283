/** The fields of a step that determine the length of a plan. */
export interface WeighedStep {
  readonly id: number
  /** Whole minutes; 1 if absent. Callers fill in the mean of the project (`Estimates.mean`). */
  readonly estimate_minutes?: number | undefined
}

/** A row of the dependencies table. */
export interface Dependency {
  readonly step_id: number
  readonly depends_on_step_id: number
}

/**
 * Adjacency lists in compressed form: the neighbours of position `at` are `items` from `starts[at]` up to `starts[at +
 * 1]`.
 */
export interface Adjacency {
  readonly starts: Int32Array
  readonly items: Int32Array
}

/** Calls back with the position of each neighbour. */
export const forEachNeighbour = ({ items, starts }: Adjacency, at: number, call: (neighbour: number) => void): void => {
  for (let index = starts[at] as number; index < (starts[at + 1] as number); index++) call(items[index] as number)
}

/** The dependency graph of some steps. Steps are identified by position. */
export interface StepGraph {
  readonly steps: ReadonlyArray<WeighedStep>
  /** Direct dependents of each step. */
  readonly dependents: Adjacency
  /** Direct dependencies of each step. */
  readonly waitsFor: Adjacency
  /**
   * Topological order, dependents first. Steps of a cycle and their dependencies are missing. Only manual SQL can
   * create a cycle.
   */
  readonly order: ReadonlyArray<number>
}

/**
 * Groups the values by key, all keys being less than `count`. Two arrays hold all groups, because a million small
 * arrays would take seconds.
 */
const groupByKey = (count: number, keys: ReadonlyArray<number>, values: ReadonlyArray<number>): Adjacency => {
  const starts = new Int32Array(count + 1)
  for (const key of keys) starts[key + 1] = (starts[key + 1] as number) + 1
  for (let key = 0; key < count; key++) starts[key + 1] = (starts[key + 1] as number) + (starts[key] as number)
  const filled = starts.slice()
  const items = new Int32Array(values.length)
  keys.forEach((key, at) => {
    const index = filled[key] as number
    items[index] = values[at] as number
    filled[key] = index + 1
  })
  return { starts, items }
}

/** Builds the graph in linear time. Ignores dependencies that involve other steps. */
export const stepGraph = (steps: ReadonlyArray<WeighedStep>, dependencies: Iterable<Dependency>): StepGraph => {
  const positions = new Map(steps.map((step, at) => [step.id, at]))
  const dependentPositions: Array<number> = []
  const dependencyPositions: Array<number> = []
  const remaining = steps.map(() => 0)
  for (const { depends_on_step_id, step_id } of dependencies) {
    const step = positions.get(step_id)
    const other = positions.get(depends_on_step_id)
    if (step === undefined || other === undefined) continue
    dependentPositions.push(step)
    dependencyPositions.push(other)
    remaining[other] = (remaining[other] as number) + 1
  }
  const waitsFor = groupByKey(steps.length, dependentPositions, dependencyPositions)
  const order = [...remaining.keys()].filter((at) => remaining[at] === 0)
  for (const at of order) {
    forEachNeighbour(waitsFor, at, (other) => {
      remaining[other] = (remaining[other] as number) - 1
      if (remaining[other] === 0) order.push(other)
    })
  }
  return { steps, dependents: groupByKey(steps.length, dependencyPositions, dependentPositions), waitsFor, order }
}

/** Returns the tail of each step by position: the minutes of the longest chain of dependents that starts with it. */
export const tailsOf = ({ steps, order, waitsFor }: StepGraph): ReadonlyArray<number> => {
  const tails = steps.map(() => 0)
  /** Longest tail among the dependents visited so far. */
  const longest = steps.map(() => 0)
  for (const at of order) {
    const tail = (longest[at] as number) + (steps[at]?.estimate_minutes ?? 1)
    tails[at] = tail
    forEachNeighbour(waitsFor, at, (other) => {
      longest[other] = Math.max(longest[other] as number, tail)
    })
  }
  return tails
}
