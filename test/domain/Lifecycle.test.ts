import { assert, describe, it } from "vitest"
import { type Action, advice, after, allows, transitions } from "../../src/domain/Lifecycle.ts"
import { StepStatus } from "../../src/domain/Status.ts"

/** What each action makes of each status; what is not named here is not allowed. Source: design section 2. */
const design: { readonly [A in Action]: Partial<Record<StepStatus, StepStatus>> } = {
  claim: { not_started: "claimed" },
  start: { claimed: "in_progress" },
  heartbeat: { claimed: "claimed", in_progress: "in_progress" },
  complete: { in_progress: "completed" },
  fail: { claimed: "failed", in_progress: "failed" },
  release: { claimed: "not_started", in_progress: "not_started" },
  recover: { claimed: "not_started", in_progress: "not_started" },
  recover_failed: { failed: "not_started" },
  merge: { completed: "merged" },
  reopen: { completed: "not_started" },
  cancel: { not_started: "cancelled", failed: "cancelled" }
}

const actions = Object.keys(design) as ReadonlyArray<Action>
const everyCase = actions.flatMap((action) => StepStatus.literals.map((status) => [action, status] as const))

describe("Lifecycle", () => {
  it("has the actions of the design, and no others", () => {
    assert.sameMembers(Object.keys(transitions), [...actions])
  })

  it.each(everyCase)("%s of a step that is %s", (action, status) => {
    const expected = design[action][status]
    assert.strictEqual(after(action, status), expected)
    assert.strictEqual(allows(action, status), expected !== undefined)
  })

  it.each(everyCase)("advises what to do next after %s was refused for %s", (action, status) => {
    assert.match(advice(action, status), /call /i)
    assert.isTrue(advice(action, status).endsWith("."))
  })

  it("names each action's tool", () => {
    assert.deepStrictEqual(
      actions.map((action) => transitions[action].tool),
      [
        "claim_step",
        "start_step",
        "heartbeat",
        "complete_step",
        "fail_step",
        "release_step",
        "recover_step",
        "recover_failed_step",
        "merge_step",
        "update_plan",
        "update_plan"
      ]
    )
  })

  it.each([
    ["complete", "claimed", "start_step"],
    ["merge", "in_progress", "merge_step"],
    ["start", "failed", "recover_failed_step"],
    ["recover", "failed", "recover_failed_step"],
    ["complete", "not_started", "claim_step"],
    ["fail", "merged", "claim_step"],
    ["reopen", "merged", "update_plan"],
    ["reopen", "failed", "recover_failed_step"]
  ] as const)("after %s of a %s step the next call is %s", (action, status, tool) => {
    assert.include(advice(action, status).toLowerCase(), `call ${tool}`)
  })
})
