import * as Schema from "effect/Schema"
import { assert, describe, it } from "vitest"
import {
  EventType,
  GivenStatus,
  isDone,
  isLive,
  ProjectStatus,
  StepStatus,
  UnblockOn
} from "../../src/domain/Status.ts"

describe("Status", () => {
  it.each([
    ["not_started", false, false],
    ["claimed", true, false],
    ["in_progress", true, false],
    ["completed", false, true],
    ["merged", false, true],
    ["failed", false, false],
    ["cancelled", false, false]
  ] as const)("%s: live %s, done %s", (status, live, done) => {
    assert.strictEqual(isLive(status), live)
    assert.strictEqual(isDone(status), done)
  })

  it("has the contract's words", () => {
    assert.strictEqual(
      StepStatus.literals.join(" "),
      "not_started claimed in_progress completed merged failed cancelled"
    )
    assert.strictEqual(ProjectStatus.literals.join(" "), "active paused completed aborted")
    assert.strictEqual(GivenStatus.literals.join(" "), "active paused aborted")
    assert.strictEqual(UnblockOn.literals.join(" "), "completed merged")
    assert.strictEqual(
      EventType.literals.join(" "),
      "claimed started heartbeat completed refused_completion failed released recovered merged added changed reopened cancelled updated deleted"
    )
  })

  it("says which words it may be", () => {
    for (const [schema, says] of [
      [ProjectStatus, "must be active, paused, completed or aborted"],
      [GivenStatus, "must be active, paused or aborted"],
      [UnblockOn, "must be completed or merged"]
    ] as const) {
      assert.throws(() => Schema.decodeUnknownSync(schema as Schema.Schema<string>)("done"), says)
    }
  })
})
