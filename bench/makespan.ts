import { type Estimates, estimateKinds } from "./estimates.ts"
import { median, type Sample } from "./measure.ts"
import type { Figure } from "./results.ts"
import { allRuns, crowds, kinds, type Run, seed } from "./runs.ts"

type Runs = ReadonlyArray<Run>

const toStepNum = ({ inHqsOrder, inStepNumOrder }: Run) => inHqsOrder / inStepNumOrder
const toBound = ({ inHqsOrder, lowerBound }: Run) => inHqsOrder / lowerBound
const stepNumToBound = ({ inStepNumOrder, lowerBound }: Run) => inStepNumOrder / lowerBound

/**
 * Whether step_num order takes over a tenth longer than the lower bound. Even then no order may be better, because the bound ignores that
 * agents wait for dependencies.
 */
const leavesRoom = (run: Run) => stepNumToBound(run) > 1.1

/** The largest allowed ratio of hq's order to step_num order. */
const tolerated = 1.01

const only = <Key extends keyof Run>(runs: Runs, key: Key, value: Run[Key]): Runs =>
  runs.filter((run) => run[key] === value)

const greatest = (values: ReadonlyArray<number>) => values.reduce((one, other) => Math.max(one, other), 0)

/** Only these have targets, because no order can know how long a step without an estimate takes. */
const withTargets: ReadonlySet<Estimates> = new Set(["exact", "noisy"])

/** The figures with targets for all plans. @param runs with this number of agents and these estimates */
const promises = (runs: Runs, agents: number, estimates: Estimates): ReadonlyArray<Figure> => {
  const promise = (what: string, hq: number, atMost: number, details: Sample): Figure => ({
    what: `${agents} agents, estimates ${estimates}: ${what}`,
    unit: "",
    hq,
    ...(withTargets.has(estimates) ? { target: { atMost } } : {}),
    details
  })
  const all = runs.map(toStepNum)
  const roomy = runs.filter(leavesRoom).map(toStepNum)
  const wide = only(runs, "kind", "wide").map(toBound)
  return [
    promise("worst / step_num", greatest(all), tolerated, {
      plans: all.length,
      worse: all.filter((ratio) => ratio > tolerated).length
    }),
    promise("median with room / step_num", median(roomy), 0.9, { plans: roomy.length, worst: greatest(roomy) }),
    promise("worst wide / lower bound", greatest(wide), 1.05, { plans: wide.length, median: median(wide) })
  ]
}

/** The median makespan of some plans with those estimates, as a ratio to the lower bound. The details have all estimates. */
const makespans = (what: string, runs: Runs, agents: number, shown: Estimates = "exact"): Figure => {
  const details = estimateKinds.map((estimates): Sample => {
    const ratios = only(runs, "estimates", estimates).map(toStepNum)
    const bounds = only(runs, "estimates", estimates).map(toBound)
    return {
      [`${estimates}_median`]: median(ratios),
      [`${estimates}_worst`]: greatest(ratios),
      [`${estimates}_median_to_bound`]: median(bounds),
      [`${estimates}_worst_to_bound`]: greatest(bounds)
    }
  })
  const chosen = only(runs, "estimates", shown)
  return {
    what: `${agents} agents, ${what}: makespan / lower bound`,
    unit: "",
    hq: median(chosen.map(toBound)),
    against: ["step_num order", median(chosen.map(stepNumToBound))],
    details: Object.assign({ seed, plans: chosen.length }, ...details)
  }
}

/**
 * (i) How long simulated agents take for random and realistic plans: in hq's order, in step_num order, and at least in any order. Some
 * runs are replayed on hq, to check that it has the simulated order.
 */
export const makespan = async (): Promise<ReadonlyArray<Figure>> => {
  const runs = await allRuns()
  return crowds.flatMap((agents) => {
    const some = only(runs, "agents", agents)
    return [
      ...estimateKinds.flatMap((estimates) => promises(only(some, "estimates", estimates), agents, estimates)),
      makespans("plans with room", some.filter(leavesRoom), agents),
      makespans("plans with room, half of the steps estimated", some.filter(leavesRoom), agents, "half"),
      ...kinds.map((kind) => makespans(kind, only(some, "kind", kind), agents))
    ]
  })
}
