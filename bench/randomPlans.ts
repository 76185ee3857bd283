import { author, type Make, times } from "./author.ts"

/* Random plans of many shapes. */

/** Typical minutes of a step. */
const typical = 30

/** Each step depends on up to `most` steps of the layer before. */
const layered =
  (layers: number, width: number, most: number): Make =>
  (random) => {
    const { steps, write } = author(random)
    let layer: ReadonlyArray<number> = []
    for (let depth = 0; depth < layers; depth++) {
      const before = layer
      const needs = () => (depth === 0 ? [] : times(random.int(1, most), () => random.pick(before)))
      layer = times(random.int(Math.ceil(width / 2), width * 2), () => write(typical, needs()))
    }
    return steps
  }

/** Each step depends on random earlier steps, on average on `density` of them. */
const sparse =
  (count: number, density: number): Make =>
  (random) => {
    const { steps, write } = author(random)
    times(count, (before) =>
      write(typical, before === 0 ? [] : times(random.int(0, 2 * density), () => random.int(1, before)))
    )
    return steps
  }

/** Independent steps with a few short chains among them. */
const wide =
  (count: number, chains: number): Make =>
  (random) => {
    const { steps, write } = author(random)
    const ends: Array<number> = []
    const length = 5
    times(count, () => {
      if (!random.chance((chains * length) / count)) return write(typical, [])
      const chain = random.int(0, chains - 1)
      const end = ends[chain]
      ends[chain] = write(typical, end === undefined ? [] : [end])
    })
    return steps
  }

const each = <A, B>(some: ReadonlyArray<A>, others: ReadonlyArray<B>) =>
  some.flatMap((one) => others.map((other) => [one, other] as const))

export const randomPlans: Readonly<Record<string, ReadonlyArray<Make>>> = {
  layered: each([4, 8, 16], [4, 16, 64]).flatMap(([layers, width]) =>
    [1, 3].map((most) => layered(layers, width, most))
  ),
  sparse: each([50, 200, 1000], [1, 2, 4]).map(([count, density]) => sparse(count, density)),
  wide: each([500, 1000, 2000], [5, 20]).map(([count, chains]) => wide(count, chains))
}
