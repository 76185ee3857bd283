import * as fc from "effect/FastCheck"
import { assert, describe, it } from "vitest"
import { bottlenecks } from "../../../src/domain/plan/Bottlenecks.ts"
import { type Dependency, stepGraph, type WeighedStep } from "../../../src/domain/plan/StepGraph.ts"
import { chain, dependencies, inTime, largest, plan, range, reference, step } from "../../support/stepGraphs.ts"

const of = (steps: ReadonlyArray<WeighedStep>, edges: ReadonlyArray<Dependency>, count: number) =>
  bottlenecks(stepGraph(steps, edges), count)

const complete = (...steps: ReadonlyArray<readonly [id: number, blocks: number]>) => ({
  steps: steps.map(([id, blocks]) => ({ id, blocks })),
  isComplete: true
})

describe("bottlenecks", () => {
  it("counts the steps that wait, directly or not, each once", () => {
    const steps = [step(1), step(2), step(3), step(4)]
    const edges = dependencies([2, 1], [3, 1], [4, 2], [4, 3])
    assert.deepStrictEqual(of(steps, edges, 10), complete([1, 3], [2, 1], [3, 1]))
    assert.deepStrictEqual(of(steps, edges, 1), complete([1, 3]))
    assert.deepStrictEqual(of([], [], 10), complete())
  })

  it("leaves out a cycle rather than walk it for ever", () => {
    const edges = dependencies([2, 1], [1, 2], [4, 3])
    assert.deepStrictEqual(of([step(1), step(2), step(3), step(4)], edges, 10), complete([3, 1]))
  })

  it("gives the highest counts of any plan", () => {
    fc.assert(
      fc.property(plan, fc.integer({ min: 1, max: 6 }), ({ steps, dependencies }, count) => {
        const { waiting } = reference(steps, dependencies)
        const found = of(steps, dependencies, count)
        assert.isTrue(found.isComplete)
        for (const { id, blocks } of found.steps) assert.strictEqual(blocks, waiting(id).size)
        const expected = steps
          .map(({ id }) => waiting(id).size)
          .filter((blocks) => blocks > 0)
          .sort((a, b) => b - a)
        assert.deepStrictEqual(
          found.steps.map(({ blocks }) => blocks),
          expected.slice(0, count)
        )
      }),
      { numRuns: 1000 }
    )
  })

  it("of the longest plan takes no stack", () => {
    const found = inTime(() => of(chain.steps, chain.dependencies, 3))
    assert.deepStrictEqual(found, complete([1, largest - 1], [2, largest - 2], [3, largest - 3]))
  })

  it("counts the largest plan while its caller waits", () => {
    const below = (count: number) => Math.floor(Math.random() * count)
    const edges = range(2 * largest).map(() => {
      const at = 2 + below(largest - 1)
      return { step_id: at, depends_on_step_id: 1 + below(at - 1) }
    })
    const found = inTime(() => of(chain.steps, edges, 10))
    assert.lengthOf(found.steps, 10)
    assert.isTrue(found.isComplete)
  })

  it("counts what many steps wait to be brought together by once", () => {
    const half = largest / 2
    const edges = [
      ...range(half).map((num) => ({ step_id: half + 1, depends_on_step_id: num + 1 })),
      // From there on every step is reached in two ways, so that no bound is right.
      ...range(half - 2).flatMap((num) => [
        { step_id: half + 3 + num, depends_on_step_id: half + 2 + num },
        { step_id: half + 3 + num, depends_on_step_id: half + 1 + num }
      ]),
      { step_id: half + 2, depends_on_step_id: half + 1 }
    ]
    const found = inTime(() => of(chain.steps, edges, 2))
    assert.deepStrictEqual(found, complete([1, half], [2, half]))
  })

  it("says so where counting all would take too long, and is right in what it gives", () => {
    const width = 200
    const edges = range(width * 25).flatMap((num) =>
      num < width
        ? []
        : range(width).map((other) => ({
            step_id: num + 1,
            depends_on_step_id: (Math.floor(num / width) - 1) * width + other + 1
          }))
    )
    const found = of(chain.steps.slice(0, width * 25), edges, 10)
    assert.isFalse(found.isComplete)
    assert.isNotEmpty(found.steps)
    for (const { blocks } of found.steps) assert.strictEqual(blocks, width * 24)
  })
})
