/** Choices that a seed decides, so that a failure can be played again. */
export interface Random {
  /** From 0 up to, not including, 1. */
  readonly next: () => number
  /** A whole number from `min` to `max`, both included. */
  readonly int: (min: number, max: number) => number
  readonly chance: (probability: number) => boolean
  /** One of the list, which must not be empty. */
  readonly pick: <A>(list: ReadonlyArray<A>) => A
}

/** Mulberry32: small, and good enough to choose what a test does next. */
export const seeded = (seed: number): Random => {
  let state = seed | 0
  const next = () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296
  }
  const int = (min: number, max: number) => min + Math.floor(next() * (max - min + 1))
  return {
    next,
    int,
    chance: (probability) => next() < probability,
    pick: <A>(list: ReadonlyArray<A>) => list[int(0, list.length - 1)] as A
  }
}

/** HQ_SEED, or a new seed each time. */
export const seedFromEnvironment = (): number => {
  const text = process.env.HQ_SEED ?? ""
  if (text === "") return Math.floor(Math.random() * 2 ** 31)
  const seed = Number(text)
  if (!Number.isInteger(seed)) throw new Error(`HQ_SEED=${text} must be a whole number`)
  return seed
}

/** Runs with the seed; whatever goes wrong is told with it. */
export const withSeed = async <A>(seed: number, run: (seed: number) => Promise<A>): Promise<A> => {
  try {
    return await run(seed)
  } catch (error) {
    const text = error instanceof Error ? error.message : String(error)
    throw new Error(`seed ${seed} (HQ_SEED=${seed} plays it again): ${text}`, { cause: error })
  }
}
