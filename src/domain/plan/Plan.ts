import type { Fault } from "../Errors.ts"

/** The fields of a step that the graph checks use. */
export interface PlannedStep {
  readonly step_num: number
  readonly depends_on: ReadonlyArray<number>
}

/** Maximum number of steps that a message about a cycle names. */
const maxMembers = 200

/**
 * Returns every fault of a plan's graph: duplicate numbers, unknown or self dependencies, and cycles with their steps.
 * Empty if the plan is valid. Linear in steps and dependencies.
 */
export const faults = (steps: ReadonlyArray<PlannedStep>): ReadonlyArray<Fault> => {
  const found: Array<Fault> = []
  const positions = new Map<number, number>()
  steps.forEach((step, index) => {
    const first = positions.get(step.step_num)
    if (first === undefined) positions.set(step.step_num, index)
    else found.push({ path: `steps.${index}.step_num`, message: `${step.step_num} is already used by steps.${first}` })
  })
  steps.forEach((step, index) => {
    step.depends_on.forEach((num, at) => {
      const path = `steps.${index}.depends_on.${at}`
      if (num === step.step_num) found.push({ path, message: `step ${num} cannot depend on itself` })
      else if (!positions.has(num)) found.push({ path, message: `there is no step ${num} in this plan` })
    })
  })
  return [...found, ...cycles(steps).map((cycle) => cycleFault("steps", cycle))]
}

/** Returns the fault that describes a cycle of step numbers. */
export const cycleFault = (path: string, cycle: ReadonlyArray<number>): Fault => {
  const members = [...cycle, cycle[0]]
  const shown = members.length > maxMembers ? [...members.slice(0, maxMembers), `… (${cycle.length} steps)`] : members
  return { path, message: `the dependencies form a cycle: ${shown.join(" -> ")}` }
}

/**
 * Returns one cycle for every strongly connected component of two or more steps, as step numbers that each depend on
 * the next. Ignores unknown and self dependencies.
 */
export const cycles = (steps: ReadonlyArray<PlannedStep>): ReadonlyArray<ReadonlyArray<number>> => {
  const dependencies = new Map(steps.map((step) => [step.step_num, step.depends_on]))
  return components(dependencies).map((component) => {
    const walked = new Map<number, number>()
    let at = component.values().next().value as number
    while (!walked.has(at)) {
      walked.set(at, walked.size)
      const from = at
      at = (dependencies.get(from) as ReadonlyArray<number>).find((num) => num !== from && component.has(num)) as number
    }
    return [...walked.keys()].slice(walked.get(at))
  })
}

/**
 * Returns the strongly connected components of two or more steps, by Tarjan's algorithm. It is iterative because a
 * chain may have 10,000 steps.
 */
const components = (dependencies: ReadonlyMap<number, ReadonlyArray<number>>): ReadonlyArray<ReadonlySet<number>> => {
  const found: Array<Set<number>> = []
  const order = new Map<number, number>()
  const low = new Map<number, number>()
  const open: Array<number> = []
  const isOpen = new Set<number>()
  const lower = (num: number, to: number) => low.set(num, Math.min(low.get(num) as number, to))
  for (const root of dependencies.keys()) {
    if (order.has(root)) continue
    const frames: Array<{ readonly num: number; next: number }> = []
    const enter = (num: number) => {
      order.set(num, order.size)
      low.set(num, order.get(num) as number)
      open.push(num)
      isOpen.add(num)
      frames.push({ num, next: 0 })
    }
    enter(root)
    for (let frame = frames.at(-1); frame !== undefined; frame = frames.at(-1)) {
      const next = (dependencies.get(frame.num) as ReadonlyArray<number>)[frame.next++]
      if (next !== undefined) {
        if (!dependencies.has(next)) continue
        if (!order.has(next)) enter(next)
        else if (isOpen.has(next)) lower(frame.num, order.get(next) as number)
        continue
      }
      frames.pop()
      const parent = frames.at(-1)
      if (parent !== undefined) lower(parent.num, low.get(frame.num) as number)
      if (low.get(frame.num) !== order.get(frame.num)) continue
      const component = new Set(open.splice(open.lastIndexOf(frame.num)))
      for (const num of component) isOpen.delete(num)
      if (component.size > 1) found.push(component)
    }
  }
  return found
}
