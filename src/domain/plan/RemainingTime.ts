/** A step that has begun. Times in minutes. */
export interface BegunStep {
  /** Its own estimate, or what a step without one counts as. */
  readonly estimate: number
  /** The longest chain of dependents that begins with it, itself included. */
  readonly tail: number
  /** How long its holder has had it. */
  readonly elapsed: number
}

/**
 * Returns the least time until all steps are done, in minutes, with any number of agents. A step that takes longer than its estimate is
 * taken to end now.
 *
 * @param waitingTail the longest tail of the steps that nobody works on; 0 if there are none
 */
export const remainingMinutes = (begun: ReadonlyArray<BegunStep>, waitingTail: number): number =>
  begun.reduce(
    (longest, { elapsed, estimate, tail }) =>
      Math.max(longest, tail - Math.min(estimate, Math.max(0, Math.floor(elapsed)))),
    waitingTail
  )
