import { assert, describe, it } from "vitest"
import { faults, newSteps, numbersIn } from "../../../src/domain/plan/PlanEdit.ts"
import type { PlanOperation } from "../../../src/domain/Requests.ts"

const part = (step_num: number) => ({ step_num, branch: "b", scope: "s" })
const add = (step_num: number, more: Partial<PlanOperation> = {}): PlanOperation => ({
  op: "add",
  ...part(step_num),
  ...more
})
const split = (step_num: number, first: number, parts: number): PlanOperation => ({
  op: "split",
  step_num,
  into: Array.from({ length: parts }, (_, index) => part(first + index))
})

describe("operations on a plan", () => {
  it("bring new steps, those of a split one included, in their order", () => {
    assert.deepStrictEqual(
      newSteps([add(2), split(1, 3, 2)]).map(({ definition, path }) => [path, definition.step_num]),
      [
        ["operations.0", 2],
        ["operations.1.into.0", 3],
        ["operations.1.into.1", 4]
      ]
    )
  })

  it("speak of every number in them", () => {
    const operations = [add(2, { depends_on: [5], needed_by: [6] }), split(1, 3, 1)]
    assert.sameMembers([...numbersIn(operations)], [1, 2, 3, 5, 6])
  })

  it("may add 500 steps together, and no more", () => {
    const existing = new Set([1, 2])
    assert.isEmpty(faults([split(1, 10, 250), split(2, 1000, 250)], existing))
    assert.deepStrictEqual(faults([split(1, 10, 250), split(2, 1000, 251)], existing), [
      { path: "operations", message: "must add at most 500 steps: add the others with another call" }
    ])
  })

  it("may reopen 50 steps together, and no more", () => {
    const reopen = (count: number) =>
      Array.from({ length: count }, (_, at) => ({ op: "reopen" as const, step_num: at + 1, reason: "r" }))
    const existing = new Set(reopen(51).map(({ step_num }) => step_num))
    assert.isEmpty(faults(reopen(50), existing))
    assert.deepStrictEqual(faults(reopen(51), existing), [
      { path: "operations", message: "must reopen at most 50 steps" }
    ])
  })
})
