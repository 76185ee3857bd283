import { assert, describe, it } from "@effect/vitest"
import { claimRemark, isIncomplete, pageRemark } from "../../../src/domain/answers/Remarks.ts"
import { type Claim, NoWorkReason } from "../../../src/domain/Entities.ts"
import { AgentId, ProjectName, StepId, StepNum } from "../../../src/domain/Ids.ts"

const blocker = {
  step_id: StepId.make(7),
  step_num: StepNum.make(2),
  project: ProjectName.make("shop"),
  status: "claimed" as const,
  agent_id: AgentId.make("ben")
}

const said = (claim: Omit<Claim, "step">): string => claimRemark({ step: null, ...claim }) ?? ""

describe("remark of a claim without a step", () => {
  it.each(NoWorkReason.literals)("says why, and what to do next: %s", (reason) => {
    const text = said({ reason })
    assert.include(text, `(${reason})`)
    assert.match(text, /^No step to claim .*: .*\. .*\.$/)
    const isEnd = reason === "all_done" || reason === "project_aborted"
    assert.strictEqual(/not ask again/i.test(text), isEnd, text)
  })

  it("names who blocks, and when to ask again", () => {
    const others = [
      { ...blocker, status: "completed" as const },
      { ...blocker, status: "failed" as const },
      { ...blocker, status: "not_started" as const }
    ]
    assert.strictEqual(
      said({ reason: "all_blocked", blocked_by: [blocker, ...others], retry_after_seconds: 30 }),
      'No step to claim (all_blocked): every open step waits for other steps. In the way: step 2 of "shop" (id 7), claimed by agent "ben"; step 2 of "shop" (id 7), completed but not merged; step 2 of "shop" (id 7), failed; and 1 more. Ask again in 30 seconds, or with wait_seconds: the call then waits.'
    )
  })

  it("names the scopes that exist", () => {
    assert.strictEqual(
      said({ reason: "no_such_scope", scopes: ["api", "ui"], scopes_more: 3 }),
      'No step to claim (no_such_scope): no step has a scope that you asked for. The scopes are "api", "ui" and 3 more. Correct scopes and ask again.'
    )
  })

  it("is bounded, whatever the names are", () => {
    const long = "\u0001".repeat(200)
    const blocked_by = Array(10).fill({ ...blocker, project: long, agent_id: long })
    const text = said({ reason: "no_such_scope", blocked_by, scopes: Array(20).fill(long) })
    assert.isBelow(Buffer.byteLength(JSON.stringify(text)), 5000)
  })
})

describe("other remarks", () => {
  it("name the tool and the cursor of the next page", () => {
    assert.strictEqual(pageRemark("list_projects", "abc"), 'There is more: call list_projects again with cursor "abc".')
  })

  it("are made on fields that count omissions, not on texts that look like one", () => {
    assert.isTrue(isIncomplete(JSON.stringify({ files_more: 3 })))
    assert.isFalse(isIncomplete(JSON.stringify({ notes: 'x_more":3' })))
  })
})
