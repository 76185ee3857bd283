import type { Fault } from "../Errors.ts"

/** What the graph checks need to know of a step. */
export interface PlannedStep {
  readonly step_num: number
  readonly depends_on: ReadonlyArray<number>
}

/** Members of a cycle that a message names at most. */
const maxMembers = 200

/**
 * Everything wrong with the graph of a plan: duplicate step numbers, unknown and self dependencies, cycles with their
 * members named. Empty for a sound plan. Linear in steps and dependencies.
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

/** The fault of a cycle of step numbers. */
export const cycleFault = (path: string, cycle: ReadonlyArray<number>): Fault => {
  const members = [...cycle, cycle[0]]
  const shown = members.length > maxMembers ? [...members.slice(0, maxMembers), `… (${cycle.length} steps)`] : members
  return { path, message: `the dependencies form a cycle: ${shown.join(" -> ")}` }
}

/**
 * One cycle, as step numbers each depending on the next, for every knot (strongly connected component) of two or more steps.
 * Dependencies on unknown steps and on the step itself are passed over.
 */
export const cycles = (steps: ReadonlyArray<PlannedStep>): ReadonlyArray<ReadonlyArray<number>> => {
  const dependencies = new Map(steps.map((step) => [step.step_num, step.depends_on]))
  return knots(dependencies).map((knot) => {
    const walked = new Map<number, number>()
    let at = knot.values().next().value as number
    while (!walked.has(at)) {
      walked.set(at, walked.size)
      const from = at
      at = (dependencies.get(from) as ReadonlyArray<number>).find((num) => num !== from && knot.has(num)) as number
    }
    return [...walked.keys()].slice(walked.get(at))
  })
}

/** Tarjan's strongly connected components of two or more members, with a stack of its own: a chain may be 10,000 steps long. */
const knots = (dependencies: ReadonlyMap<number, ReadonlyArray<number>>): ReadonlyArray<ReadonlySet<number>> => {
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
      const knot = new Set(open.splice(open.lastIndexOf(frame.num)))
      for (const num of knot) isOpen.delete(num)
      if (knot.size > 1) found.push(knot)
    }
  }
  return found
}
