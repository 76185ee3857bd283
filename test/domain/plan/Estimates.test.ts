import { assert, describe, it } from "vitest"
import { mean, total, weightAfter } from "../../../src/domain/plan/Estimates.ts"

describe("the mean of estimates", () => {
  it.each([
    [[], 1],
    [[undefined, undefined], 1],
    [[60, undefined, 30], 45],
    [[1, 2], 2],
    [[1, 1, 2], 1]
  ] as const)("of %j is %d", (estimates, expected) => {
    assert.strictEqual(mean(total(estimates)), expected)
  })

  it("becomes the weight of steps without one only if it is more than a tenth away", () => {
    const of = (minutes: number) => ({ steps: 1, minutes })
    assert.deepStrictEqual(
      [27, 33, 26, 34].map((minutes) => weightAfter(30, of(minutes))),
      [30, 30, 26, 34]
    )
    assert.strictEqual(weightAfter(1, of(2)), 2)
    assert.strictEqual(weightAfter(45, { steps: 0, minutes: 0 }), 1)
  })
})
