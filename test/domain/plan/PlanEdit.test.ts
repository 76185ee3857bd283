import { assert, describe, it } from "vitest"
import { excesses, newSteps, numbersIn } from "../../../src/domain/plan/PlanEdit.ts"
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
    const { edited, needed } = numbersIn([...operations, add(7, { depends_on: [1, 5] })])
    assert.sameMembers([...edited], [1, 2, 3, 6, 7])
    assert.deepStrictEqual(needed, [5])
  })

  it("may add 500 steps together, and no more, those included that come to wait for them", () => {
    const message = "must add at most 500 steps, those of needed_by included: add the others with another call"
    assert.isEmpty(excesses([split(1, 10, 250), split(2, 1000, 250)]))
    assert.deepStrictEqual(excesses([split(1, 10, 250), split(2, 1000, 251)]), [{ path: "operations", message }])
    const needed_by = Array.from({ length: 500 }, (_, at) => at + 1)
    assert.deepStrictEqual(excesses([add(501, { needed_by })]), [{ path: "operations", message }])
  })

  it("may reopen 20 steps together, and no more", () => {
    const reopen = (count: number) =>
      Array.from({ length: count }, (_, at) => ({ op: "reopen" as const, step_num: at + 1, reason: "r" }))
    assert.isEmpty(excesses(reopen(20)))
    assert.deepStrictEqual(excesses(reopen(21)), [{ path: "operations", message: "must reopen at most 20 steps" }])
  })
})
