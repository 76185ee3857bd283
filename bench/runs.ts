import { type Random, seeded, seedFromEnvironment } from "../test/support/random.ts"
import { newFile } from "./disk.ts"
import { type Estimates, estimates, tell } from "./estimates.ts"
import { handedOut } from "./handedOut.ts"
import { randomPlans } from "./randomPlans.ts"
import { realPlans } from "./realPlans.ts"
import { byNumber, byTail, lowerBound, type Step, simulate } from "./simulation.ts"
import { type Hq, open } from "./world.ts"

/** HQ_SEED=n plays other plans. */
export const seed = process.env.HQ_SEED ? seedFromEnvironment() : 1

export const crowds = [4, 16, 64]

const shapes = { ...randomPlans, ...realPlans }
export const kinds = Object.keys(shapes)

/** Plans of each shape. */
const plansEach = 20

/** So many agents work on a plan until it is done: how many minutes that takes, and takes at least. */
export interface Run {
  readonly kind: string
  readonly told: Estimates
  readonly agents: number
  readonly inHqsOrder: number
  readonly inStepNumOrder: number
  readonly lowerBound: number
}

/** @param hq where given, must do as simulated */
const runsOf = async (kind: string, plan: ReadonlyArray<Step>, random: Random, hq: Hq | undefined) => {
  const baselines = crowds.map((agents) => ({
    agents,
    inStepNumOrder: simulate(plan, agents, byNumber).makespan,
    lowerBound: lowerBound(plan, agents)
  }))
  const runs: Array<Run> = []
  for (const told of estimates) {
    const steps = plan.map((step) => tell[told](step, random))
    const order = byTail(steps)
    for (const baseline of baselines) {
      const { makespan, moves } = simulate(steps, baseline.agents, order)
      runs.push({ kind, told, inHqsOrder: makespan, ...baseline })
      if (hq !== undefined) await handedOut(hq, `${kind}, ${baseline.agents} agents, ${told}`, steps, moves)
    }
  }
  return runs
}

/** Runs of all kinds of plans in all their shapes. The first plan of each kind is played against hq, too. */
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
