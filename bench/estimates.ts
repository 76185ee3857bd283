import type { Random } from "../test/support/random.ts"
import { factor } from "./author.ts"
import type { Step } from "./simulation.ts"

/** Which steps the author of a plan estimates, and how well. In "half", half of the steps have a noisy estimate. */
export const estimateKinds = ["exact", "noisy", "half", "none"] as const
export type Estimates = (typeof estimateKinds)[number]

/** Two of three noisy estimates are wrong by less than a factor of 1.65. */
const error = 0.5

const noisy = (step: Step, random: Random): Step => ({
  ...step,
  estimate_minutes: Math.max(1, Math.round(step.minutes * factor(random, error)))
})

export const estimate: Readonly<Record<Estimates, (step: Step, random: Random) => Step>> = {
  exact: (step) => ({ ...step, estimate_minutes: step.minutes }),
  noisy,
  half: (step, random) => (random.chance(0.5) ? noisy(step, random) : step),
  none: (step) => step
}
