/** The estimates of a project's steps, cancelled ones aside. */
export interface Estimates {
  /** Number of steps that have one. */
  readonly steps: number
  /** Their sum, in minutes. */
  readonly minutes: number
}

/** Adds up the estimates, in minutes; undefined for steps without one. */
export const total = (estimates: Iterable<number | undefined>): Estimates => {
  let [steps, minutes] = [0, 0]
  for (const estimate of estimates) {
    if (estimate === undefined) continue
    steps += 1
    minutes += estimate
  }
  return { steps, minutes }
}

/** Returns the mean estimate, in minutes, rounded to at least 1; 1 if there is no estimate. */
export const mean = ({ minutes, steps }: Estimates): number =>
  steps === 0 ? 1 : Math.max(1, Math.round(minutes / steps))

/**
 * Returns the minutes that a step without an estimate counts as after an edit of the plan. They change only if the mean
 * is more than a tenth away, because the tails of the whole plan change with them.
 *
 * @param weight minutes that such a step counts as before the edit
 */
export const weightAfter = (weight: number, estimates: Estimates): number => {
  const exact = mean(estimates)
  return 10 * Math.abs(exact - weight) > weight ? exact : weight
}
