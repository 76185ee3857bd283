import { type Estimates, estimates } from "./estimates.ts"
import { median, type Sample } from "./measure.ts"
import type { Figure } from "./results.ts"
import { allRuns, crowds, kinds, type Run, seed } from "./runs.ts"

type Runs = ReadonlyArray<Run>

const beside = ({ inHqsOrder, inStepNumOrder }: Run) => inHqsOrder / inStepNumOrder
const above = ({ inHqsOrder, lowerBound }: Run) => inHqsOrder / lowerBound
const stepNumAbove = ({ inStepNumOrder, lowerBound }: Run) => inStepNumOrder / lowerBound

/**
 * The graph leaves room where step_num order takes over a tenth longer than the lower bound. It need not be room that any order can
 * use: the bound is out of reach where agents have to wait for dependencies.
 */
const leavesRoom = (run: Run) => stepNumAbove(run) > 1.1

/** The most that hq may take, to step_num order. */
const tolerated = 1.01

const only = <Key extends keyof Run>(runs: Runs, key: Key, value: Run[Key]): Runs =>
  runs.filter((run) => run[key] === value)

const greatest = (values: ReadonlyArray<number>) => values.reduce((one, other) => Math.max(one, other), 0)

/** Where authors tell nothing of some steps, no order can foresee how long those take: then the figures are for information. */
const foreseeable: ReadonlySet<Estimates> = new Set(["exact", "noisy"])

/** What is promised of all plans. @param runs with as many agents and such estimates */
const promises = (runs: Runs, agents: number, told: Estimates): ReadonlyArray<Figure> => {
  const promise = (what: string, hq: number, atMost: number, details: Sample): Figure => ({
    what: `${agents} agents, estimates ${told}: ${what}`,
    unit: "",
    hq,
    ...(foreseeable.has(told) ? { target: { atMost } } : {}),
    details
  })
  const all = runs.map(beside)
  const roomy = runs.filter(leavesRoom).map(beside)
  const wide = only(runs, "kind", "wide").map(above)
  return [
    promise("worst / step_num", greatest(all), tolerated, {
      plans: all.length,
      worse: all.filter((ratio) => ratio > tolerated).length
    }),
    promise("median with room / step_num", median(roomy), 0.9, { plans: roomy.length, worst: greatest(roomy) }),
    promise("worst wide / lower bound", greatest(wide), 1.05, { plans: wide.length, median: median(wide) })
  ]
}

/** Of some plans, told exactly, the medians in multiples of the lower bound; of other estimates in the details. */
const makespans = (what: string, runs: Runs, agents: number): Figure => {
  const details = estimates.map((told): Sample => {
    const ratios = only(runs, "told", told).map(beside)
    const bounds = only(runs, "told", told).map(above)
    return {
      [`${told}_median`]: median(ratios),
      [`${told}_worst`]: greatest(ratios),
      [`${told}_median_to_bound`]: median(bounds),
      [`${told}_worst_to_bound`]: greatest(bounds)
    }
  })
  const exact = only(runs, "told", "exact")
  return {
    what: `${agents} agents, ${what}: makespan / lower bound`,
    unit: "",
    hq: median(exact.map(above)),
    against: ["step_num order", median(exact.map(stepNumAbove))],
    details: Object.assign({ seed, plans: exact.length }, ...details)
  }
}

/**
 * (i) How long simulated agents take for random and real-looking plans in hq's order, beside step_num order and the least that any
 * order can take. hq itself is asked whether it hands out as simulated.
 */
export const makespan = async (): Promise<ReadonlyArray<Figure>> => {
  const runs = await allRuns()
  return crowds.flatMap((agents) => {
    const some = only(runs, "agents", agents)
    return [
      ...estimates.flatMap((told) => promises(only(some, "told", told), agents, told)),
      makespans("plans with room", some.filter(leavesRoom), agents),
      ...kinds.map((kind) => makespans(kind, only(some, "kind", kind), agents))
    ]
  })
}
