import { assert, describe, it } from "@effect/vitest"
import type { Step } from "../../../src/domain/Entities.ts"
import { left } from "../../../src/layers/worker/left.ts"

const step = (step_num: number, scope: string, status: string, depends_on: ReadonlyArray<number> = []) =>
  ({ step_num, scope, status, depends_on }) as unknown as Step

const steps = [
  step(5, "b", "failed"),
  step(4, "a", "not_started", [3]),
  step(3, "b", "not_started", [2, 6]),
  step(2, "b", "failed", [1]),
  step(1, "a", "merged"),
  step(6, "b", "completed"),
  step(7, "a", "completed"),
  step(8, "a", "failed", [77])
]

describe("what is left of a project for a worker", () => {
  const of = { isOurs: ({ scope }: Step) => scope === "a", isMerging: false, needsMerge: false }

  it("is what failed of its steps, or above them", () => {
    assert.deepStrictEqual(left(steps, of), { failed: [2, 8], unmerged: [] })
    assert.deepStrictEqual(left(steps, { ...of, isOurs: () => true }).failed, [2, 5, 8])
  })

  it("is what it did not merge, or what is not merged above its steps", () => {
    assert.deepStrictEqual(left(steps, { ...of, isMerging: true }).unmerged, [7])
    assert.deepStrictEqual(left(steps, { ...of, needsMerge: true }).unmerged, [6])
    assert.deepStrictEqual(left(steps, { ...of, isMerging: true, needsMerge: true }).unmerged, [6, 7])
  })
})
