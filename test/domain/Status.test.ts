import * as Schema from "effect/Schema"
import { assert, describe, it } from "vitest"
import { EventType, isDone, isLive, ProjectStatus, StepStatus } from "../../src/domain/Status.ts"

describe("Status", () => {
  it.each([
    ["not_started", false, false],
    ["claimed", true, false],
    ["in_progress", true, false],
    ["completed", false, true],
    ["merged", false, true],
    ["failed", false, false]
  ] as const)("%s: live %s, done %s", (status, live, done) => {
    assert.strictEqual(isLive(status), live)
    assert.strictEqual(isDone(status), done)
  })

  it("has the contract's words", () => {
    assert.strictEqual(StepStatus.literals.join(" "), "not_started claimed in_progress completed merged failed")
    assert.strictEqual(ProjectStatus.literals.join(" "), "active completed aborted")
    assert.strictEqual(EventType.literals.join(" "), "claimed started heartbeat completed failed released recovered")
  })

  it("says which words a project's status may be", () => {
    assert.throws(() => Schema.decodeUnknownSync(ProjectStatus)("done"), "must be active, completed or aborted")
  })
})
