import * as fc from "effect/FastCheck"
import { assert, describe, it } from "vitest"
import { Step } from "../../src/domain/Entities.ts"
import type { Holder } from "../../src/domain/Errors.ts"
import { alive, caller, isCallers, notAllowed, refusal } from "../../src/domain/Fence.ts"
import { AgentId, ProjectId, StepId } from "../../src/domain/Ids.ts"
import type { Action } from "../../src/domain/Lifecycle.ts"
import { isLive, StepStatus } from "../../src/domain/Status.ts"

const a = AgentId.make("a")
const b = AgentId.make("b")
const a1: Holder = { agent_id: a, attempt: 1 }
const a2: Holder = { agent_id: a, attempt: 2 }

const step = (status: StepStatus, holder?: Holder): Step =>
  new Step({
    id: StepId.make(7),
    project_id: ProjectId.make(1),
    step_num: 3,
    branch: "step3/work",
    scope: "api",
    status,
    priority: 0,
    attempt: 0,
    ...holder
  })

describe("caller", () => {
  it.each([
    ["nobody, where neither the request nor this process knows", {}, undefined, undefined],
    ["nobody, for an attempt without an agent", { attempt: 2 }, undefined, undefined],
    ["the request's, where it gives both", { agent_id: a, attempt: 2 }, { agent_id: b, attempt: 5 }, a2],
    ["what this process claimed, where the request gives neither", {}, a2, a2],
    ["the request's agent in the attempt that it claimed here", { agent_id: a }, a2, a2],
    [
      "the request's agent in no attempt, where another claimed here",
      { agent_id: b },
      a2,
      { agent_id: b, attempt: undefined }
    ],
    [
      "the request's agent in no attempt, where nobody claimed here",
      { agent_id: a },
      undefined,
      { agent_id: a, attempt: undefined }
    ],
    ["the claim's agent in the request's attempt", { attempt: 1 }, a2, a1]
  ] as const)("is %s", (_, request, claimed, expected) => {
    assert.deepStrictEqual(caller(request, claimed === undefined ? [] : [claimed]), expected)
  })

  it("is nobody, where two agents claimed the step through this process and the request names neither", () => {
    const claimed = [a1, { agent_id: b, attempt: 2 }]
    assert.isUndefined(caller({}, claimed))
    assert.deepStrictEqual(caller({ agent_id: a }, claimed), a1)
  })
})

describe("isCallers", () => {
  it.each([
    ["same agent and attempt", step("claimed", a2), a2, true],
    ["same agent in any attempt", step("claimed", a2), { agent_id: a }, true],
    ["an earlier attempt", step("claimed", a2), a1, false],
    ["another agent in the same attempt", step("claimed", a2), { agent_id: b, attempt: 2 }, false],
    ["a step that nobody holds", step("not_started"), { agent_id: a }, false],
    ["a step that it completed", step("completed", a2), a2, true]
  ] as const)("%s", (_, of, who, expected) => {
    assert.strictEqual(isCallers(of, who), expected)
  })
})

describe("a step that is held", () => {
  it("is not taken from an agent that is alive", () => {
    const error = alive(step("in_progress", a2))
    assert.include(error.message, 'held by agent "a" in attempt 2, which is alive')
    assert.include(error.message, "force: true")
    assert.deepInclude(error, { status: "in_progress", holder: a2 })
  })

  it("is not claimed again: its agent is told to go on, others to look for other work", () => {
    assert.include(notAllowed("claim", step("claimed", a2), a).message, "It is yours already: go on with it.")
    assert.include(notAllowed("claim", step("claimed", a2), b).message, "Its agent goes on with it")
  })
})

describe("refusal", () => {
  const held = step("in_progress", a2)

  it("asks an unknown caller for its agent", () => {
    const error = refusal("complete", held, undefined)
    assert.strictEqual(
      error.message,
      'Step id 7 is in_progress, held by agent "a" in attempt 2. This server process does not know which agent is calling. Call complete_step again with agent_id and attempt as claim_step gave them.'
    )
    assert.deepInclude(error, { status: "in_progress", holder: a2 })
  })

  it.each([
    ["another agent", { agent_id: b }, 'not by "b".'],
    ["an earlier attempt", a1, 'not by "a" in attempt 1.']
  ] as const)("tells %s who holds the step, and to stop", (_, who, says) => {
    const error = refusal("complete", held, who)
    assert.strictEqual(error.reason, `Step id 7 is in_progress, held by agent "a" in attempt 2, ${says}`)
    assert.include(error.advice, "Stop working on it")
    assert.include(error.advice, "Call claim_step")
  })

  it("tells of other content where the call was done already", () => {
    const error = refusal("complete", step("completed", a2), a2)
    assert.strictEqual(error.reason, "Step id 7 is completed already, by an earlier complete_step with other content.")
  })

  it("tells the holder which call comes first", () => {
    const error = refusal("complete", step("claimed", a2), a2)
    assert.strictEqual(
      error.reason,
      'Step id 7 is claimed, held by agent "a" in attempt 2: complete_step is not allowed.'
    )
    assert.strictEqual(error.advice, "Call start_step first, then complete_step.")
  })

  it("tells an overtaken agent to stop, whatever its successor has done so far", () => {
    for (const status of ["claimed", "in_progress"] as const) {
      for (const action of ["start", "heartbeat", "complete", "fail"] as const) {
        const { advice } = refusal(action, step(status, a2), a1)
        assert.notInclude(advice, "start_step", `${action} of a ${status} step`)
        assert.include(advice.toLowerCase(), "call claim_step", `${action} of a ${status} step`)
      }
    }
  })

  it("does not send the holder of a running step away from it", () => {
    const { advice } = refusal("start", held, a2)
    assert.notInclude(advice, "claim_step")
  })
})

const holder = fc.record({ agent_id: fc.constantFrom(a, b), attempt: fc.integer({ min: 1, max: 3 }) })
const who = fc.option(
  fc.record({
    agent_id: fc.constantFrom(a, b),
    attempt: fc.option(fc.integer({ min: 1, max: 3 }), { nil: undefined })
  }),
  { nil: undefined }
)

describe("properties of a refusal", () => {
  const actions: ReadonlyArray<Action> = ["start", "heartbeat", "complete", "fail"]
  const refusals = fc.tuple(
    fc.constantFrom(...actions),
    fc.constantFrom(...StepStatus.literals),
    fc.option(holder, { nil: undefined }),
    who
  )

  it("names step, status, the tool or the reason, and what to do next", () => {
    fc.assert(
      fc.property(refusals, ([action, status, of, by]) => {
        const error = refusal(action, step(status, of), by)
        assert.strictEqual(error.step_id, StepId.make(7))
        assert.strictEqual(error.status, status)
        assert.include(error.reason, `Step id 7 is ${status}`)
        assert.match(error.advice, /call /i)
      })
    )
  })

  it("has a holder exactly where somebody holds the step, and names it", () => {
    fc.assert(
      fc.property(refusals, ([action, status, of, by]) => {
        const error = refusal(action, step(status, of), by)
        assert.deepStrictEqual(error.holder, isLive(status) ? of : undefined)
        if (error.holder)
          assert.include(error.reason, `held by agent "${error.holder.agent_id}" in attempt ${error.holder.attempt}`)
      })
    )
  })

  it("tells a caller to stop where another holds the step", () => {
    fc.assert(
      fc.property(refusals, ([action, status, of, by]) => {
        const error = refusal(action, step(status, of), by)
        if (by !== undefined && error.holder !== undefined && !isCallers(step(status, of), by)) {
          assert.include(error.advice, "Stop working on it")
        }
      })
    )
  })
})
