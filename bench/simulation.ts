import { tails } from "../src/domain/plan/CriticalPath.ts"
import { mean, total } from "../src/domain/plan/Estimates.ts"

/** A step of a plan and the time it really takes. */
export interface Step {
  readonly num: number
  /** The time an agent needs for it, in whole minutes, at least 1. */
  readonly minutes: number
  readonly depends_on: ReadonlyArray<number>
  /** The plan author's estimate. */
  readonly estimate_minutes?: number
}

/** Returns a negative number if the first step is claimed before the second. */
export type Order = (one: Step, other: Step) => number

export const byNumber: Order = (one, other) => one.num - other.num

/** Returns hq's tails of the steps, whose durations `minutes` returns. */
const tailsBy = (steps: ReadonlyArray<Step>, minutes: (step: Step) => number) =>
  tails(
    steps.map((step) => ({ id: step.num, estimate_minutes: minutes(step) })),
    steps.flatMap(({ depends_on, num }) => depends_on.map((on) => ({ step_id: num, depends_on_step_id: on })))
  )

/** hq's claim order within a project: longest chain of dependents first, then step_num. */
export const byTail = (steps: ReadonlyArray<Step>): Order => {
  const weight = mean(total(steps.map(({ estimate_minutes }) => estimate_minutes)))
  const tail = tailsBy(steps, ({ estimate_minutes }) => estimate_minutes ?? weight)
  return (one, other) => (tail.get(other.num) as number) - (tail.get(one.num) as number) || byNumber(one, other)
}

/** Returns max(critical path, work / agents) in minutes, because no order can complete the plan sooner. */
export const lowerBound = (steps: ReadonlyArray<Step>, agents: number): number => {
  const work = steps.reduce((sum, { minutes }) => sum + minutes, 0)
  return [...tailsBy(steps, ({ minutes }) => minutes).values()].reduce(
    (bound, path) => Math.max(bound, path),
    work / agents
  )
}

/** A call of an agent. A claim has no step if none is ready. */
export type Move =
  | { readonly does: "claim"; readonly agent: number; readonly step: Step | undefined }
  | { readonly does: "complete"; readonly agent: number; readonly step: Step }

/** Inserts the item into a sorted list, after its equals. */
const insert = <A>(list: Array<A>, item: A, order: (one: A, other: A) => number): void => {
  let from = 0
  let to = list.length
  while (from < to) {
    const middle = (from + to) >>> 1
    if (order(item, list[middle] as A) < 0) to = middle
    else from = middle + 1
  }
  list.splice(from, 0, item)
}

interface Work {
  readonly agent: number
  readonly step: Step
  readonly end: number
}

/**
 * Simulates agents until the plan is complete. Each free agent claims the first ready step in the order. Steps that end in the same
 * minute are all completed before the next claim.
 */
export const simulate = (steps: ReadonlyArray<Step>, agents: number, order: Order) => {
  const moves: Array<Move> = []
  const dependents = new Map<number, Array<Step>>(steps.map(({ num }) => [num, []]))
  const unmet = new Map(steps.map(({ depends_on, num }) => [num, depends_on.length]))
  for (const step of steps) for (const on of step.depends_on) dependents.get(on)?.push(step)

  const ready = steps.filter(({ depends_on }) => depends_on.length === 0).sort(order)
  const free = Array.from({ length: agents }, (_, agent) => agent)
  const running: Array<Work> = []
  let now = 0

  const claim = (agent: number) => {
    const step = ready.shift()
    moves.push({ does: "claim", agent, step })
    if (step === undefined) return false
    insert(running, { agent, step, end: now + step.minutes }, (one, other) => one.end - other.end)
    return true
  }
  const complete = ({ agent, end, step }: Work) => {
    now = end
    moves.push({ does: "complete", agent, step })
    free.push(agent)
    for (const dependent of dependents.get(step.num) ?? []) {
      const left = (unmet.get(dependent.num) as number) - 1
      unmet.set(dependent.num, left)
      if (left === 0) insert(ready, dependent, order)
    }
  }
  for (;;) {
    while (free.length > 0 && claim(free[0] as number)) free.shift()
    if (running.length === 0) return { makespan: now, moves }
    do complete(running.shift() as Work)
    while (running[0]?.end === now)
  }
}
