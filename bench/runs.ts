import { type Random, seeded, seedFromEnvironment } from "../test/support/random.ts"
import { newFile } from "./disk.ts"
import { type Estimates, estimate, estimateKinds } from "./estimates.ts"
import { randomPlans } from "./randomPlans.ts"
import { realPlans } from "./realPlans.ts"
import { replay } from "./replay.ts"
import { byNumber, byTail, lowerBound, type Step, simulate } from "./simulation.ts"
import { type Hq, open } from "./world.ts"

/** HQ_SEED=n makes other plans. */
export const seed = process.env.HQ_SEED ? seedFromEnvironment() : 1

/** Numbers of agents. */
export const crowds = [4, 16, 64]

const shapes = { ...randomPlans, ...realPlans }
export const kinds = Object.keys(shapes)

/** Number of plans of each shape. */
const plansEach = 20

/** Some agents complete a plan: the minutes in each order, and the fewest possible. */
export interface Run {
  readonly kind: string
  readonly estimates: Estimates
  readonly agents: number
  readonly inHqsOrder: number
  readonly inStepNumOrder: number
  readonly lowerBound: number
}

/** @param hq on which the simulated moves are replayed, if defined */
const runsOf = async (kind: string, plan: ReadonlyArray<Step>, random: Random, hq: Hq | undefined) => {
  const baselines = crowds.map((agents) => ({
    agents,
    inStepNumOrder: simulate(plan, agents, byNumber).makespan,
    lowerBound: lowerBound(plan, agents)
  }))
  const runs: Array<Run> = []
  for (const estimates of estimateKinds) {
    const steps = plan.map((step) => estimate[estimates](step, random))
    const order = byTail(steps)
    for (const baseline of baselines) {
      const { makespan, moves } = simulate(steps, baseline.agents, order)
      runs.push({ kind, estimates, inHqsOrder: makespan, ...baseline })
      if (hq !== undefined) await replay(hq, `${kind}, ${baseline.agents} agents, ${estimates}`, steps, moves)
    }
  }
  return runs
}

/** Simulates all kinds of plans in all their shapes. The first plan of each kind is also replayed on hq. */
export const allRuns = async (): Promise<ReadonlyArray<Run>> => {
  const random = seeded(seed)
  const hq = open(newFile(), "NORMAL")
  const runs: Array<Run> = []
  for (const [kind, makes] of Object.entries(shapes)) {
    for (const [shape, make] of makes.entries()) {
      for (let round = 0; round < plansEach; round++) {
        const isFirst = shape === 0 && round === 0
        runs.push(...(await runsOf(kind, make(random), random, isFirst ? hq : undefined)))
      }
    }
  }
  await hq.dispose()
  return runs
}
