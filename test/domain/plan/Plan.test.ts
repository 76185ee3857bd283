import * as fc from "effect/FastCheck"
import { assert, describe, it } from "vitest"
import { cycles, faults, type PlannedStep } from "../../../src/domain/plan/Plan.ts"
import { cpuTime } from "../../support/cpuTime.ts"

const plan = (...steps: ReadonlyArray<readonly [num: number, ...dependsOn: Array<number>]>): Array<PlannedStep> =>
  steps.map(([step_num, ...depends_on]) => ({ step_num, depends_on }))

const largest = 10_000
const range = (count: number): Array<number> => Array.from({ length: count }, (_, index) => index)

/** Largest plans must be checked while an agent waits for its answer. */
const inTime = <A>(check: () => A): A => {
  const since = cpuTime()
  const result = check()
  assert.isBelow(cpuTime() - since, 1_000)
  return result
}

describe("faults", () => {
  const cases: ReadonlyArray<
    readonly [title: string, Array<PlannedStep>, ReadonlyArray<[path: string, says: string]>]
  > = [
    ["none in an empty plan", [], []],
    ["none in a diamond", plan([1], [2, 1], [3, 1], [4, 2, 3]), []],
    ["none where a later step comes first", plan([2, 1], [1]), []],
    ["none where a dependency is named twice", plan([1], [2, 1, 1]), []],
    ["a number used twice", plan([1], [2], [1]), [["steps.2.step_num", "1 is already used by steps.0"]]],
    [
      "a number used three times, each time",
      plan([7], [7], [7]),
      [
        ["steps.1.step_num", "7 is already used by steps.0"],
        ["steps.2.step_num", "7 is already used by steps.0"]
      ]
    ],
    ["an unknown dependency", plan([1], [2, 1, 9]), [["steps.1.depends_on.1", "there is no step 9 in this plan"]]],
    ["a step that waits for itself", plan([1, 1]), [["steps.0.depends_on.0", "step 1 cannot depend on itself"]]],
    ["a cycle of two", plan([1, 2], [2, 1]), [["steps", "the dependencies form a cycle: 1 -> 2 -> 1"]]],
    [
      "a cycle, its members in order, and nobody outside it",
      plan([5], [1, 3, 5], [2, 1], [3, 2], [4, 3]),
      [["steps", "the dependencies form a cycle: 1 -> 3 -> 2 -> 1"]]
    ],
    [
      "each of several separate cycles",
      plan([1, 2], [2, 1], [3], [4, 5, 3], [5, 6], [6, 4]),
      [
        ["steps", "the dependencies form a cycle: 1 -> 2 -> 1"],
        ["steps", "the dependencies form a cycle: 4 -> 5 -> 6 -> 4"]
      ]
    ],
    [
      "everything at once",
      plan([1, 1], [1, 9], [2, 3], [3, 2]),
      [
        ["steps.1.step_num", "1 is already used by steps.0"],
        ["steps.0.depends_on.0", "step 1 cannot depend on itself"],
        ["steps.1.depends_on.0", "there is no step 9 in this plan"],
        ["steps", "the dependencies form a cycle: 2 -> 3 -> 2"]
      ]
    ]
  ]
  it.each(cases)("%s", (_, steps, expected) => {
    assert.deepStrictEqual(
      faults(steps),
      expected.map(([path, message]) => ({ path, message }))
    )
  })
})

describe("cycles", () => {
  it("gives one cycle for a knot of several", () => {
    const found = cycles(plan([1, 2], [2, 3, 1], [3, 1, 2]))
    assert.strictEqual(found.length, 1)
  })

  it("passes over dependencies on unknown steps and on the step itself within a knot", () => {
    assert.deepStrictEqual(cycles(plan([1, 1, 9, 2], [2, 9, 2, 1])), [[1, 2]])
  })
})

describe("largest plans", () => {
  const chain = range(largest).map((num) => ({ step_num: num + 1, depends_on: num === 0 ? [] : [num] }))

  it("checks a chain", () => {
    assert.deepStrictEqual(
      inTime(() => faults(chain)),
      []
    )
  })

  it("checks a chain whose last step comes first", () => {
    assert.deepStrictEqual(
      inTime(() => faults(chain.toReversed())),
      []
    )
  })

  const ring = chain.map((step) => (step.step_num === 1 ? { ...step, depends_on: [largest] } : step))

  it("shows the first 200 members of one cycle of all steps, and how many it has", () => {
    const [fault, ...more] = inTime(() => faults(ring))
    assert.isEmpty(more)
    assert.match(fault?.message ?? "", /^the dependencies form a cycle: 1 -> 10000 -> 9999 -> .* -> … \(10000 steps\)$/)
    assert.strictEqual(fault?.message.split(" -> ").length, 201)
  })

  it("finds every member of it", () => {
    const [cycle, ...more] = inTime(() => cycles(ring))
    assert.isEmpty(more)
    assert.strictEqual(new Set(cycle).size, largest)
  })

  it("checks a random graph without cycles", () => {
    const below = (count: number) => Math.floor(Math.random() * count)
    const steps = range(largest).map((num) => ({
      step_num: num + 1,
      depends_on: num === 0 ? [] : range(10).map(() => below(num) + 1)
    }))
    assert.deepStrictEqual(
      inTime(() => faults(steps)),
      []
    )
  })
})

/** Steps in any order, each with dependencies on steps before it in a hidden order: a graph without cycles. */
const acyclic: fc.Arbitrary<Array<PlannedStep>> = fc.integer({ min: 2, max: 30 }).chain((count) =>
  fc
    .tuple(
      fc.shuffledSubarray(range(count), { minLength: count }),
      fc.array(fc.array(fc.nat(), { minLength: 1, maxLength: 4 }), { minLength: count, maxLength: count }),
      fc.shuffledSubarray(range(count), { minLength: count })
    )
    .map(([numbers, picks, places]) => {
      const num = (at: number) => (numbers[at] as number) + 1
      const steps = picks.map((pick, at) => ({
        step_num: num(at),
        depends_on: at === 0 ? [] : [...new Set(pick.map((value) => num(value % at)))]
      }))
      return places.map((place) => steps[place] as PlannedStep)
    })
)

const arbitraryGraph: fc.Arbitrary<Array<PlannedStep>> = fc
  .array(fc.array(fc.integer({ min: 1, max: 14 }), { maxLength: 3 }), { minLength: 1, maxLength: 14 })
  .map((all) => all.map((depends_on, index) => ({ step_num: index + 1, depends_on })))

/** Whether taking away steps that wait for nobody, again and again, leaves none: another way to say that there is no cycle. */
const canBeFinished = (steps: ReadonlyArray<PlannedStep>): boolean => {
  let left = steps
  for (;;) {
    const waiting = left.filter((step) =>
      step.depends_on.some((num) => num !== step.step_num && left.some((other) => other.step_num === num))
    )
    if (waiting.length === 0) return true
    if (waiting.length === left.length) return false
    left = waiting
  }
}

const assertCycles = (steps: ReadonlyArray<PlannedStep>) => {
  const dependsOn = new Map(steps.map((step) => [step.step_num, step.depends_on]))
  const found = cycles(steps)
  for (const cycle of found) {
    assert.isAtLeast(cycle.length, 2)
    assert.strictEqual(new Set(cycle).size, cycle.length)
    cycle.forEach((num, at) => {
      assert.include(dependsOn.get(num) as ReadonlyArray<number>, cycle[(at + 1) % cycle.length] as number)
    })
  }
  return found
}

describe("properties", () => {
  it("a graph without cycles has no faults", () => {
    fc.assert(fc.property(acyclic, (steps) => assert.deepStrictEqual(faults(steps), [])))
  })

  it("a way back makes a cycle whose members depend on each other in turn", () => {
    fc.assert(
      fc.property(acyclic, fc.nat(), fc.nat(), (steps, pick, length) => {
        const waiting = steps.filter((step) => step.depends_on.length > 0)
        const from = waiting[pick % waiting.length] as PlannedStep
        const byNum = new Map(steps.map((step) => [step.step_num, step]))
        let end = byNum.get(from.depends_on[0] as number) as PlannedStep
        for (let left = length % 10; left > 0 && end.depends_on.length > 0; left--) {
          end = byNum.get(end.depends_on[0] as number) as PlannedStep
        }
        const closed = steps.map((step) =>
          step === end ? { ...step, depends_on: [...step.depends_on, from.step_num] } : step
        )
        assert.isNotEmpty(assertCycles(closed))
        assert.isNotEmpty(faults(closed))
      })
    )
  })

  it("of any graph, cycles are named exactly where its steps cannot all be finished", () => {
    fc.assert(
      fc.property(arbitraryGraph, (steps) => {
        assert.strictEqual(assertCycles(steps).length === 0, canBeFinished(steps))
      }),
      { numRuns: 500 }
    )
  })
})
