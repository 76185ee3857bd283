import { assert, describe, it } from "vitest"
import { nearest, nearestOf } from "../../src/domain/nearest.ts"

const known = ["step_id", "agent_id", "files_modified", "notes"]

describe("nearest", () => {
  it.each([
    ["step_id", "step_id"],
    ["stepId", "step_id"],
    ["agent-id", "agent_id"],
    ["agnet_id", "agent_id"],
    ["filesModified", "files_modified"],
    ["file_modified", "files_modified"],
    ["note", "notes"],
    ["colour", undefined],
    ["", undefined],
    ["x".repeat(100_000), undefined]
  ])("of %.20s is %s", (name, expected) => {
    assert.strictEqual(nearest(name, known), expected)
  })

  it("can be several, the nearest first, each once", () => {
    assert.deepStrictEqual(nearestOf("shop", ["chop", "shops", "Shop", "ship", "Shop", "api"], 3), [
      "Shop",
      "chop",
      "shops"
    ])
  })

  it("knows other letters than those of ASCII", () => {
    assert.strictEqual(nearest("проект", ["задача", "Проект-"]), "Проект-")
    assert.isUndefined(nearest("…", ["?!", "проект"]))
  })

  it("is nothing if nothing is known", () => {
    assert.isUndefined(nearest("step_id", []))
  })
})
