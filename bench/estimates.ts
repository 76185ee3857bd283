import type { Random } from "../test/support/random.ts"
import { factor } from "./author.ts"
import type { Step } from "./simulation.ts"

/** What the author of a plan tells of how long its steps take: nothing, or of half of them, or of all, more or less well. */
export const estimates = ["exact", "noisy", "half", "none"] as const
export type Estimates = (typeof estimates)[number]

/** Two of three noisy estimates are off by less than a factor of 1.65. */
const error = 0.5

const noisy = (step: Step, random: Random): Step => ({
  ...step,
  estimate_minutes: Math.max(1, Math.round(step.minutes * factor(random, error)))
})

export const tell: Readonly<Record<Estimates, (step: Step, random: Random) => Step>> = {
  exact: (step) => ({ ...step, estimate_minutes: step.minutes }),
  noisy,
  half: (step, random) => (random.chance(0.5) ? noisy(step, random) : step),
  none: (step) => step
}
