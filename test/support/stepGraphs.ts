import * as fc from "effect/FastCheck"
import { assert } from "vitest"
import type { Dependency, WeighedStep } from "../../src/domain/plan/StepGraph.ts"

export const step = (id: number, estimate_minutes?: number): WeighedStep => ({ id, estimate_minutes })

export const dependencies = (...pairs: ReadonlyArray<readonly [step_id: number, depends_on_step_id: number]>) =>
  pairs.map(([step_id, depends_on_step_id]): Dependency => ({ step_id, depends_on_step_id }))

export const range = (count: number): Array<number> => Array.from({ length: count }, (_, index) => index)

/** Ids in no order, and dependencies that all lead one way. */
export const plan = fc.integer({ min: 0, max: 25 }).chain((count) =>
  fc.record({
    steps: fc
      .tuple(
        fc.shuffledSubarray(range(count), { minLength: count }),
        fc.array(fc.option(fc.integer({ min: 1, max: 9 }), { nil: undefined }), { minLength: count, maxLength: count })
      )
      .map(([ids, estimates]) => estimates.map((minutes, at) => step((ids[at] as number) + 1, minutes))),
    dependencies: fc
      .tuple(
        fc.shuffledSubarray(range(count), { minLength: count }),
        fc.array(fc.tuple(fc.nat(), fc.nat()), { maxLength: count === 0 ? 0 : 2 * count })
      )
      .map(([order, pairs]) =>
        pairs
          .map(([a, b]) => [a % count, b % count].sort((one, other) => one - other) as [number, number])
          .filter(([a, b]) => a !== b)
          .map(([a, b]) => ({ step_id: (order[b] as number) + 1, depends_on_step_id: (order[a] as number) + 1 }))
      )
  })
)

/** The definitions, word for word. */
export const reference = (steps: ReadonlyArray<WeighedStep>, edges: ReadonlyArray<Dependency>) => {
  const dependentsOf = (id: number): ReadonlyArray<number> =>
    edges.filter((edge) => edge.depends_on_step_id === id).map((edge) => edge.step_id)
  const tail = (id: number): number =>
    (steps.find((one) => one.id === id)?.estimate_minutes ?? 1) + Math.max(0, ...dependentsOf(id).map(tail))
  const waiting = (id: number): ReadonlySet<number> =>
    new Set(dependentsOf(id).flatMap((dependent) => [dependent, ...waiting(dependent)]))
  return { dependentsOf, tail, waiting }
}

export const largest = 10_000
export const chain = {
  steps: range(largest).map((num) => step(num + 1)),
  dependencies: range(largest - 1).map((num) => ({ step_id: num + 2, depends_on_step_id: num + 1 }))
}

/** Agents wait for their answers meanwhile. */
export const inTime = <A>(run: () => A): A => {
  const since = performance.now()
  const result = run()
  assert.isBelow(performance.now() - since, 1_000)
  return result
}
