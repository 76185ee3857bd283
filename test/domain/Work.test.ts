import { assert, describe, it } from "@effect/vitest"
import { CannotWork, GiveBack, ProgramFailed } from "../../src/domain/Work.ts"

describe("errors of a worker", () => {
  it("say why, and what to do if a person must do something", () => {
    assert.strictEqual(new GiveBack({ reason: "later" }).message, "later")
    assert.strictEqual(new ProgramFailed({ reason: "exited with 1" }).message, "exited with 1")
    assert.strictEqual(new CannotWork({ reason: "No git.", advice: "Install it." }).message, "No git. Install it.")
  })
})
