/** @param times of any unit */
export const median = (times: ReadonlyArray<number>): number => {
  const sorted = [...times].sort((a, b) => a - b)
  return sorted[Math.floor(sorted.length / 2)] ?? Number.NaN
}

/** Microseconds, from an arbitrary start. */
export const micros = (): number => Number(process.hrtime.bigint()) / 1000

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
 * Runs every case once a round, in turns, so that what the machine does besides hits all of them alike; the first round warms up.
 * Each case gives one number a round; the result is the median over the rounds.
 */
export const interleaved = async <Name extends string>(
  rounds: number,
  cases: { readonly [N in Name]: (round: number) => Promise<number> }
): Promise<{ readonly [N in Name]: number }> => {
  const names = Object.keys(cases) as Array<Name>
  const values = new Map<Name, Array<number>>(names.map((name) => [name, []]))
  for (let round = 0; round <= rounds; round++) {
    for (const name of names) {
      const value = await cases[name](round)
      if (round > 0) values.get(name)?.push(value)
    }
  }
  return Object.fromEntries(names.map((name) => [name, median(values.get(name) ?? [])])) as { [N in Name]: number }
}
