/** Figures of one round, or their medians over the rounds. */
export type Sample = Readonly<Record<string, number>>

/** The value below which that part of the values lies. @param part from 0 to 1 */
export const quantile = (values: ReadonlyArray<number>, part: number): number => {
  const sorted = Float64Array.from(values).sort()
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * part))] ?? Number.NaN
}

export const median = (values: ReadonlyArray<number>): number => quantile(values, 0.5)

/** @param times of any unit */
export const summary = (times: ReadonlyArray<number>) => ({
  median: median(times),
  p99: quantile(times, 0.99),
  average: times.reduce((sum, time) => sum + time, 0) / times.length
})
export type Summary = ReturnType<typeof summary>

/** Microseconds, from an arbitrary start. */
export const micros = (): number => performance.now() * 1000

/** Times `count` calls one after the other, in microseconds each. */
export const timed = async (count: number, call: (index: number) => unknown): Promise<ReadonlyArray<number>> => {
  const times: Array<number> = []
  for (let index = 0; index < count; index++) {
    const since = micros()
    const answer = call(index)
    if (answer instanceof Promise) await answer
    times.push(micros() - since)
  }
  return times
}

/**
 * Runs every case once a round, in turns, so that what the machine does besides hits all of them alike. The result is, of each
 * figure of a case, the median over the rounds; round 0 warms up and does not count.
 */
export const interleaved = async <Name extends string, S extends Sample>(
  rounds: number,
  cases: { readonly [N in Name]: (round: number) => Promise<S> }
): Promise<{ readonly [N in Name]: S }> => {
  const samples = new Map<Name, Array<S>>()
  for (let round = 0; round <= rounds; round++) {
    for (const name of Object.keys(cases) as Array<Name>) {
      const sample = await cases[name](round)
      if (round > 0) samples.set(name, [...(samples.get(name) ?? []), sample])
    }
  }
  return Object.fromEntries([...samples].map(([name, taken]) => [name, medians(taken)])) as { [N in Name]: S }
}

const medians = <S extends Sample>(samples: ReadonlyArray<S>): S =>
  Object.fromEntries(
    Object.keys(samples[0] ?? {}).map((figure) => [figure, median(samples.map((sample) => sample[figure] as number))])
  ) as S
