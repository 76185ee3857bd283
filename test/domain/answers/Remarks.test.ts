import { assert, describe, it } from "@effect/vitest"
import { claimRemark, isIncomplete, pageRemark } from "../../../src/domain/answers/Remarks.ts"
import { type Claim, NoWorkReason } from "../../../src/domain/Claim.ts"
import { AgentId, Attempt, ProjectName, StepId, StepNum } from "../../../src/domain/Ids.ts"
import type { ClaimStep } from "../../../src/domain/Requests.ts"

const blocker = {
  step_id: StepId.make(7),
  step_num: StepNum.make(2),
  project: ProjectName.make("shop"),
  status: "claimed" as const,
  agent_id: AgentId.make("ben")
}

const request = { agent_id: AgentId.make("ann") }
const shop = { ...request, project: ProjectName.make("shop") }

const said = (claim: Omit<Claim, "step">, asked: ClaimStep = shop): string =>
  claimRemark({ step: null, ...claim }, asked) ?? ""

const misnamed = { unknown_scopes: ["backned"], scopes: ["backend", "docs"] }
const only = { ...shop, scopes: ["backned"] }
const both = { ...shop, scopes: ["backned", "docs"] }

describe("remark of a claim without a step", () => {
  it.each(NoWorkReason.literals)("says why, and what to do next: %s", (reason) => {
    const text = said({ reason, ...(reason === "no_such_scope" ? misnamed : {}) }, only)
    assert.include(text, `(${reason})`)
    assert.match(text, /^No step to claim .*: .*\. .*\.$/)
    const isEnd = reason === "all_done" || reason === "project_aborted"
    assert.strictEqual(/not ask again/i.test(text), isEnd, text)
  })

  it("names blockers that nobody holds, by their titles, and a retry in a second", () => {
    const { agent_id: _, ...unheld } = { ...blocker, title: "Session table" }
    const text = said({
      reason: "all_blocked",
      blocked_by: [unheld, { ...unheld, status: "completed" as const }, { ...unheld, status: "not_started" as const }],
      retry_after_seconds: 1
    })
    assert.include(
      text,
      'step 2 of "shop" (id 7, "Session table"), claimed; step 2 of "shop" (id 7, "Session table"), completed but not merged; step 2 of "shop" (id 7, "Session table"), ready.'
    )
    assert.include(text, "Ask again in 1 second, or")
  })

  it("names who blocks, and when to ask again", () => {
    const others = [
      { ...blocker, status: "completed" as const },
      { ...blocker, status: "failed" as const },
      { ...blocker, status: "not_started" as const }
    ]
    assert.strictEqual(
      said({ reason: "all_blocked", blocked_by: [blocker, ...others], retry_after_seconds: 30 }),
      'No step to claim (all_blocked): every open step in project "shop" waits for other steps. In the way: step 2 of "shop" (id 7), claimed by agent "ben"; step 2 of "shop" (id 7), completed by agent "ben" but not merged; step 2 of "shop" (id 7), failed by agent "ben"; and 1 more. Ask again in 30 seconds, or with wait_seconds: the call then waits.'
    )
  })

  const holding = [1, 2, 3].map((num) => ({
    step_id: StepId.make(num),
    step_num: StepNum.make(num),
    project: ProjectName.make("shop"),
    status: "claimed" as const,
    attempt: Attempt.make(1)
  }))

  it("tells a caller that waits for itself what it holds", () => {
    assert.strictEqual(
      said({ reason: "held_by_you", holding: holding.slice(0, 1) }),
      'No step to claim (held_by_you): you hold every step in project "shop" that is at work. You hold: step 1 of "shop" (id 1), claimed in attempt 1. Go on with what you hold: complete, fail or release it, then ask again.'
    )
    assert.include(said({ reason: "all_blocked", holding }), "; get_agent_work lists all. ")
  })

  it.each<[reason: NoWorkReason, asked: ClaimStep, text: string]>([
    ["all_done", shop, 'no step is left to do in project "shop"'],
    ["all_done", request, "no step is left to do in any project"],
    ["all_done", { ...request, scopes: ["docs"] }, "no step of these scopes is left to do in any project"],
    ["all_claimed", request, "other agents hold every open step in the active projects"],
    ["project_paused", shop, 'project "shop" is paused'],
    ["project_paused", request, "no step is left to do but in paused projects"],
    ["project_aborted", request, "every project with steps is aborted"]
  ])("says where it looked: %s", (reason, asked, text) => {
    assert.include(said({ reason }, asked), `(${reason}): ${text}. `)
  })

  const next = "Correct scopes or leave them out, and ask again; ask again later if such steps are yet to be planned."

  it.each<[title: string, claim: Omit<Claim, "step">, asked: ClaimStep, text: string]>([
    [
      "alone",
      { reason: "no_such_scope", ...misnamed },
      only,
      `(no_such_scope): scope "backned" does not exist in project "shop"; scopes: "backend", "docs". ${next}`
    ],
    [
      "in any project, several",
      { reason: "no_such_scope", unknown_scopes: ["a", "b"], scopes: ["api", "ui"], scopes_more: 3 },
      { ...request, scopes: ["a", "b"] },
      `(no_such_scope): scopes "a", "b" do not exist in any project; scopes: "api", "ui" and 3 more. ${next}`
    ],
    [
      "beside one that is done",
      { reason: "no_such_scope", ...misnamed },
      both,
      `(no_such_scope): scope "backned" does not exist in project "shop"; scopes: "backend", "docs". No step of the other scopes is left to do. ${next}`
    ],
    [
      "beside one that is at work",
      { reason: "all_claimed", ...misnamed, retry_after_seconds: 30 },
      both,
      '(all_claimed): other agents hold every open step of these scopes in project "shop". Also, scope "backned" does not exist in project "shop"; scopes: "backend", "docs". Ask again in 30 seconds, or with wait_seconds: the call then waits.'
    ]
  ])("names a scope that does not exist, and those that do: %s", (_, claim, asked, text) => {
    assert.strictEqual(said(claim, asked), `No step to claim ${text}`)
  })

  it("is bounded, whatever the names are", () => {
    const long = "\u0001".repeat(200)
    const blocked_by = Array(10).fill({ ...blocker, project: long, agent_id: long })
    const unknown_scopes = Array(50).fill(long)
    const claim = { reason: "all_blocked" as const, blocked_by, unknown_scopes, scopes: Array(20).fill(long) }
    const text = said(claim, { ...request, project: ProjectName.make(long), scopes: unknown_scopes })
    assert.isBelow(Buffer.byteLength(JSON.stringify(text)), 8000)
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

describe("remark of a claim with a step", () => {
  const step = (more: object) => ({ step: { dependencies: [], ...more } }) as unknown as Claim

  it("says where notes were cut, of dependencies and of earlier attempts, and nothing otherwise", () => {
    const cut = [{ notes: `${"n".repeat(2000)}…` }]
    const text = "Notes that end with … were cut: get_step returns those of a dependency in full."
    assert.strictEqual(claimRemark(step({ dependencies: cut }), shop), text)
    assert.strictEqual(claimRemark(step({ previous_attempts: cut }), shop), text)
    assert.isUndefined(claimRemark(step({ previous_attempts: [{ notes: "n" }] }), shop))
    assert.isUndefined(claimRemark(step({}), shop))
    assert.isUndefined(claimRemark({ step: null }, shop))
  })
})
