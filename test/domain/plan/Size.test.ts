import { assert, describe, it } from "@effect/vitest"
import { sizeFaults } from "../../../src/domain/plan/Size.ts"
import { limits } from "../../../src/domain/Text.ts"

const most = 20_000
const numbers = (count: number) => Array.from({ length: count }, (_, at) => at + 1)

describe("the size of what is written at once", () => {
  it("counts the characters of every text", () => {
    const given = { branch: "b", scope: "s", title: "t", files: ["f", "g"], reason: "r" }
    const description = "d".repeat(limits.texts - 6)
    assert.isEmpty(sizeFaults("steps", [{ ...given, description }], most))
    const [fault] = sizeFaults("steps", [given, { description: `${description}d` }], most)
    assert.strictEqual(fault?.path, "steps")
    assert.include(fault?.message, "must have at most 1048576 characters together")
  })

  it("counts dependencies in both directions", () => {
    assert.isEmpty(sizeFaults("operations", [{ depends_on: numbers(10_000), needed_by: numbers(10_000) }], most))
    const [fault] = sizeFaults(
      "operations",
      [{ depends_on: numbers(10_000), needed_by: numbers(10_000) }, { depends_on: [1] }],
      most
    )
    assert.strictEqual(fault?.path, "operations")
    assert.include(fault?.message, "must have at most 20000 dependencies together: put a step in between")
  })
})
