import { assert, describe, it } from "@effect/vitest"
import { remainingMinutes } from "../../../src/domain/plan/RemainingTime.ts"

describe("the remaining time", () => {
  it("is the longest chain, less what was spent on its first step", () => {
    assert.strictEqual(remainingMinutes([], 0), 0)
    assert.strictEqual(remainingMinutes([], 90), 90)
    assert.strictEqual(remainingMinutes([{ estimate: 60, tail: 100, elapsed: 20.9 }], 70), 80)
    assert.strictEqual(remainingMinutes([{ estimate: 60, tail: 100, elapsed: 20 }], 90), 90)
  })

  it("takes a step that is late to end now, and one that a clock begins in the future to begin now", () => {
    assert.strictEqual(remainingMinutes([{ estimate: 60, tail: 100, elapsed: 500 }], 0), 40)
    assert.strictEqual(remainingMinutes([{ estimate: 60, tail: 100, elapsed: -5 }], 0), 100)
  })
})
