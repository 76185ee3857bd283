import * as fc from "effect/FastCheck"
import { assert, describe, it } from "vitest"
import { criticalPath, tails } from "../../../src/domain/plan/CriticalPath.ts"
import { type Dependency, stepGraph, type WeighedStep } from "../../../src/domain/plan/StepGraph.ts"
import { chain, dependencies, inTime, largest, plan, range, reference, step } from "../../support/stepGraphs.ts"

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
        const { tail } = reference(steps, dependencies)
        assert.deepStrictEqual(tails(steps, dependencies), new Map(steps.map((one) => [one.id, tail(one.id)])))
      }),
      { numRuns: 500 }
    )
  })

  it("of the longest plan takes no stack", () => {
    assert.strictEqual(inTime(() => tails(chain.steps, chain.dependencies)).get(1), largest)
  })
})

describe("criticalPath", () => {
  const pathOf = (steps: ReadonlyArray<WeighedStep>, edges: ReadonlyArray<Dependency>) =>
    criticalPath(stepGraph(steps, edges))

  it("is the longest chain, of several as long that with the lower ids", () => {
    const steps = [step(4, 3), step(2, 3), step(3, 3), step(1, 3), step(5, 1)]
    assert.deepStrictEqual(pathOf(steps, dependencies([3, 2], [4, 2], [5, 3])), { minutes: 7, steps: [2, 3, 5] })
    assert.deepStrictEqual(pathOf(steps, dependencies([4, 1], [3, 1], [4, 2])), { minutes: 6, steps: [1, 3] })
  })

  it("is empty where nothing is left", () => {
    assert.deepStrictEqual(pathOf([], dependencies([1, 2])), { minutes: 0, steps: [] })
  })

  it("leaves out a cycle rather than walk it", () => {
    assert.deepStrictEqual(pathOf([step(1), step(2), step(3)], dependencies([1, 2], [2, 1], [1, 3])), {
      minutes: 0,
      steps: []
    })
  })

  it("of any plan is a chain, and none is longer", () => {
    fc.assert(
      fc.property(plan, ({ steps, dependencies }) => {
        const { dependentsOf, tail } = reference(steps, dependencies)
        const path = pathOf(steps, dependencies)
        assert.strictEqual(path.minutes, Math.max(0, ...steps.map(({ id }) => tail(id))))
        const minutes = new Map(steps.map(({ estimate_minutes, id }) => [id, estimate_minutes ?? 1]))
        assert.strictEqual(
          path.steps.reduce((sum, id) => sum + (minutes.get(id) as number), 0),
          path.minutes
        )
        path.steps.slice(1).forEach((id, at) => {
          assert.include(dependentsOf(path.steps[at] as number), id)
        })
      }),
      { numRuns: 500 }
    )
  })

  it("of the longest plan takes no stack", () => {
    const path = inTime(() => pathOf(chain.steps, chain.dependencies))
    assert.strictEqual(path.minutes, largest)
    assert.deepStrictEqual(
      path.steps,
      range(largest).map((num) => num + 1)
    )
  })
})
