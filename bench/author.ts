import type { Random } from "../test/support/random.ts"
import type { Step } from "./simulation.ts"

/** Makes a plan. The same random numbers give the same plan. */
export type Make = (random: Random) => ReadonlyArray<Step>

export const times = <A>(count: number, each: (index: number) => A): ReadonlyArray<A> =>
  Array.from({ length: count }, (_, index) => each(index))

/** Returns a log-normal factor with median 1. @param spread standard deviation of the logarithm */
export const factor = (random: Random, spread: number): number => {
  const normal = Math.sqrt(-2 * Math.log(1 - random.next())) * Math.cos(2 * Math.PI * random.next())
  return Math.exp(spread * normal)
}

/** Two of three steps take between half and double the typical time. */
const spread = Math.log(2)

/** Writes a plan. Each step gets the next number. */
export const author = (random: Random) => {
  const steps: Array<Step> = []
  const write = (typical: number, depends_on: ReadonlyArray<number>): number => {
    const num = steps.length + 1
    const minutes = Math.max(1, Math.round(typical * factor(random, spread)))
    steps.push({ num, minutes, depends_on: [...new Set(depends_on)] })
    return num
  }
  return { steps: steps as ReadonlyArray<Step>, write }
}
