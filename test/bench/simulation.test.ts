import { assert, describe, it } from "@effect/vitest"
import * as fc from "effect/FastCheck"
import { randomPlans } from "../../bench/randomPlans.ts"
import { realPlans } from "../../bench/realPlans.ts"
import { byNumber, byTail, lowerBound, type Step, simulate } from "../../bench/simulation.ts"
import { seeded } from "../support/random.ts"

/** Steps numbered from 1, estimated exactly. */
const plan = (...steps: ReadonlyArray<readonly [minutes: number, ...depends_on: ReadonlyArray<number>]>) =>
  steps.map(([minutes, ...depends_on], at): Step => ({ num: at + 1, minutes, depends_on, estimate_minutes: minutes }))

const makespan = (steps: ReadonlyArray<Step>, agents: number, order = byTail(steps)) =>
  simulate(steps, agents, order).makespan

describe("simulate", () => {
  /** Two steps of 3 minutes, and a chain of 2 and 4. */
  const chainLast = plan([3], [3], [2], [4, 3])

  it("takes as long as the last agent", () => {
    assert.strictEqual(makespan(chainLast, 1), 12)
    assert.strictEqual(makespan(chainLast, 2), 6)
    assert.strictEqual(makespan(chainLast, 3), 6)
  })

  it("follows the order that it is given", () => {
    // 1 and 2 up to minute 3, 3 up to 5, 4 up to 9.
    assert.strictEqual(makespan(chainLast, 2, byNumber), 9)
    // A reversed one begins with 3 and 2: 4 follows at minute 2, 1 at 3.
    assert.strictEqual(
      makespan(chainLast, 2, (one, other) => other.num - one.num),
      6
    )
  })

  it("goes by estimates, and takes what the steps really take", () => {
    const misjudged = chainLast.map((step) => ({ ...step, estimate_minutes: step.num === 4 ? 1 : step.minutes }))
    // All chains seem to take 3 minutes, so that the numbers decide.
    assert.strictEqual(makespan(misjudged, 2), 9)
    // Chains of 1, 3, 2 and 1 steps.
    const untold = plan([5], [1], [1, 2], [1, 3]).map(({ estimate_minutes: _, ...step }) => step)
    assert.deepStrictEqual(
      simulate(untold, 1, byTail(untold)).moves.flatMap(({ does, step }) => (does === "complete" ? [step.num] : [])),
      [2, 3, 1, 4]
    )
  })

  it("completes what ends together before anybody claims again, and asks once where there is nothing", () => {
    const [one, two, three, four] = plan([2], [2], [1], [3, 1, 2]) as [Step, Step, Step, Step]
    const steps = [one, two, three, four]
    const { makespan, moves } = simulate(steps, 2, byTail(steps))
    assert.strictEqual(makespan, 5)
    assert.deepStrictEqual<unknown>(moves, [
      { does: "claim", agent: 0, step: one },
      { does: "claim", agent: 1, step: two },
      { does: "complete", agent: 0, step: one },
      { does: "complete", agent: 1, step: two },
      { does: "claim", agent: 0, step: four },
      { does: "claim", agent: 1, step: three },
      { does: "complete", agent: 1, step: three },
      { does: "claim", agent: 1, step: undefined },
      { does: "complete", agent: 0, step: four },
      { does: "claim", agent: 1, step: undefined }
    ])
  })

  it("stays within what is known of every order, for all plans of the bench", () => {
    const shapes = Object.values({ ...randomPlans, ...realPlans }).map((makes) => makes[0] ?? assert.fail())
    fc.assert(
      fc.property(fc.constantFrom(...shapes), fc.integer(), fc.constantFrom(1, 4, 16), (make, seed, agents) => {
        const steps = make(seeded(seed))
        const work = lowerBound(steps, 1)
        const path = lowerBound(steps, Number.POSITIVE_INFINITY)
        for (const order of [byNumber, byTail(steps)]) {
          const { makespan, moves } = simulate(steps, agents, order)
          const done = moves.flatMap(({ does, step }) => (does === "complete" ? [step.num] : []))
          assert.sameMembers(
            done,
            steps.map(({ num }) => num)
          )
          assert.isAtLeast(makespan, lowerBound(steps, agents))
          // Graham, 1966.
          assert.isAtMost(makespan, work / agents + (1 - 1 / agents) * path)
        }
      })
    )
  })
})

describe("lowerBound", () => {
  it("is the critical path or the work per agent, of what steps really take", () => {
    const steps = plan([3], [3], [2], [4, 3]).map((step) => ({ ...step, estimate_minutes: 99 }))
    assert.deepStrictEqual(
      [1, 2, 3].map((agents) => lowerBound(steps, agents)),
      [12, 6, 6]
    )
    assert.strictEqual(lowerBound(plan([1], [1], [1]), 2), 1.5)
  })
})
