/** The figures of one round, or their medians over all rounds. */
export type Sample = Readonly<Record<string, number>>

/** Returns the value below which this part of the values lies. @param part from 0 to 1 */
export const quantile = (values: ReadonlyArray<number>, part: number): number => {
  const sorted = Float64Array.from(values).sort()
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * part))] ?? Number.NaN
}

export const median = (values: ReadonlyArray<number>): number => quantile(values, 0.5)

/** @param times in any unit */
export const summary = (times: ReadonlyArray<number>) => ({
  median: median(times),
  p99: quantile(times, 0.99),
  average: times.reduce((sum, time) => sum + time, 0) / times.length
})
export type Summary = ReturnType<typeof summary>

/** Microseconds since an arbitrary moment. */
export const micros = (): number => performance.now() * 1000

/** Makes `count` calls in a row and returns the time of each in microseconds. */
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
 * Runs every case once in each round, so that other work of the machine affects all cases alike. Returns the median over the rounds for
 * each figure of a case. Round 0 is the warm-up and does not count.
 */
export const interleaved = async <Samples extends Readonly<Record<string, Sample>>>(
  rounds: number,
  cases: { readonly [Name in keyof Samples]: (round: number) => Promise<Samples[Name]> }
): Promise<Samples> => {
  const names = Object.keys(cases)
  const samples = new Map(names.map((name): [string, Array<Sample>] => [name, []]))
  for (let round = 0; round <= rounds; round++) {
    for (const name of names) {
      const sample = await (cases[name] as (round: number) => Promise<Sample>)(round)
      if (round > 0) samples.get(name)?.push(sample)
    }
  }
  return Object.fromEntries([...samples].map(([name, taken]) => [name, medians(taken)])) as Samples
}

/**
 * Takes the time of every case once in each round, each round beginning with another case. Returns each case's times in milliseconds, without
 * those of round 0, the warm-up.
 */
export const inTurns = async <Name extends string>(
  rounds: number,
  cases: { readonly [_ in Name]: (round: number) => Promise<number> }
): Promise<{ readonly [_ in Name]: ReadonlyArray<number> }> => {
  const names = Object.keys(cases) as Array<string> as Array<Name>
  const times = Object.fromEntries(names.map((name) => [name, []])) as unknown as { [_ in Name]: Array<number> }
  for (let round = 0; round <= rounds; round++) {
    for (let turn = 0; turn < names.length; turn++) {
      const name = names[(round + turn) % names.length] as Name
      const time = await cases[name](round)
      if (round > 0) times[name].push(time)
    }
  }
  return times
}

const medians = (samples: ReadonlyArray<Sample>): Sample =>
  Object.fromEntries(
    Object.keys(samples[0] ?? {}).map((figure) => [figure, median(samples.map((sample) => sample[figure] as number))])
  )
