import * as fc from "effect/FastCheck"
import { assert, describe, it } from "vitest"
import { type Dependency, tails, type WeighedStep } from "../../src/domain/CriticalPath.ts"

const step = (id: number, estimate_minutes?: number): WeighedStep => ({ id, estimate_minutes })

const dependencies = (...pairs: ReadonlyArray<readonly [step_id: number, depends_on_step_id: number]>) =>
  pairs.map(([step_id, depends_on_step_id]): Dependency => ({ step_id, depends_on_step_id }))

const range = (count: number): Array<number> => Array.from({ length: count }, (_, index) => index)

/** Ids in no order, and dependencies that all lead one way. */
const plan = fc.integer({ min: 0, max: 25 }).chain((count) =>
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

/** The definition, word for word. */
const reference = (steps: ReadonlyArray<WeighedStep>, edges: ReadonlyArray<Dependency>) => {
  const tail = (id: number): number => {
    const dependents = edges.filter((edge) => edge.depends_on_step_id === id).map((edge) => edge.step_id)
    const weight = steps.find((one) => one.id === id)?.estimate_minutes ?? 1
    return weight + Math.max(0, ...dependents.map(tail))
  }
  return tail
}

const largest = 10_000
const chain = {
  steps: range(largest).map((num) => step(num + 1)),
  dependencies: range(largest - 1).map((num) => ({ step_id: num + 2, depends_on_step_id: num + 1 }))
}

/** Agents wait for their answers meanwhile. */
const inTime = <A>(run: () => A): A => {
  const since = performance.now()
  const result = run()
  assert.isBelow(performance.now() - since, 1_000)
  return result
}

describe("tails", () => {
  it("adds up the longest way", () => {
    const steps = [step(1, 10), step(2, 5), step(3, 20), step(4, 7), step(5)]
    const edges = dependencies([2, 1], [3, 1], [4, 2], [4, 3])
    assert.deepStrictEqual(
      tails(steps, edges),
      new Map([
        [1, 37],
        [2, 12],
        [3, 27],
        [4, 7],
        [5, 1]
      ])
    )
  })

  it("is 0 in a cycle and before it, rather than walk it", () => {
    const edges = dependencies([1, 2], [2, 1], [1, 3], [4, 1])
    assert.deepStrictEqual(
      tails([step(1), step(2), step(3), step(4)], edges),
      new Map([
        [1, 0],
        [2, 0],
        [3, 0],
        [4, 1]
      ])
    )
  })

  it("passes over dependencies of other plans", () => {
    assert.deepStrictEqual(tails([step(1)], dependencies([1, 9], [9, 1])), new Map([[1, 1]]))
  })

  it("is exact for the largest estimates", () => {
    const minutes = 2 ** 31 - 1
    const steps = chain.steps.map((one) => step(one.id, minutes))
    assert.strictEqual(tails(steps, chain.dependencies).get(1), minutes * largest)
  })

  it("is the longest chain of dependents, of any plan", () => {
    fc.assert(
      fc.property(plan, ({ steps, dependencies }) => {
        const tail = reference(steps, dependencies)
        assert.deepStrictEqual(tails(steps, dependencies), new Map(steps.map((one) => [one.id, tail(one.id)])))
      }),
      { numRuns: 500 }
    )
  })

  it("of the longest plan takes no stack", () => {
    assert.strictEqual(inTime(() => tails(chain.steps, chain.dependencies)).get(1), largest)
  })
})
