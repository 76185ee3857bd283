import * as fc from "effect/FastCheck"
import { assert, describe, it } from "vitest"
import { type SessionInfo, Step } from "../../src/domain/Entities.ts"
import type { Holder } from "../../src/domain/Errors.ts"
import {
  alive,
  type Caller,
  caller,
  heldByYou,
  heldElsewhere,
  isOf,
  notAllowed,
  refusal,
  rejected,
  type Unknown
} from "../../src/domain/Fence.ts"
import { AgentId, ProjectId, StepId } from "../../src/domain/Ids.ts"
import type { Action } from "../../src/domain/Lifecycle.ts"
import { isLive, StepStatus } from "../../src/domain/Status.ts"
import type { Timestamp } from "../../src/domain/Text.ts"

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

const known = (agent: Holder["agent_id"], attempt: number | undefined): Caller => ({
  agent_id: agent,
  attempt,
  isProven: false
})
const proven = ({ agent_id, attempt }: Holder): Caller => ({ agent_id, attempt, isProven: true })

describe("caller", () => {
  it.each([
    ["nobody, where neither the request nor this session knows", {}, [], "nobody"],
    ["nobody, for an attempt without an agent", { attempt: 2 }, [], "nobody"],
    ["the request's, where it gives both", { agent_id: a, attempt: 2 }, [{ agent_id: b, attempt: 5 }], proven(a2)],
    ["what this session claimed, where the request gives neither", {}, [a2], known(a, 2)],
    ["the request's agent in the attempt that it claimed here", { agent_id: a }, [a2], known(a, 2)],
    ["the request's agent in no attempt, where another claimed here", { agent_id: b }, [a2], known(b, undefined)],
    ["the request's agent in no attempt, where nobody claimed here", { agent_id: a }, [], known(a, undefined)],
    ["the claim's agent in the request's attempt", { attempt: 1 }, [a2], proven(a1)]
  ] as const)("is %s", (_, request, claimed, expected) => {
    assert.deepStrictEqual(caller(request, claimed, false), expected)
  })

  it("is asked for, where several agents have claimed through this session and the request names none", () => {
    assert.strictEqual(caller({}, [a1], true), "several")
    assert.strictEqual(caller({ attempt: 1 }, [a1], true), "several")
    assert.deepStrictEqual(caller({ agent_id: a }, [a1, { agent_id: b, attempt: 2 }], true), known(a, 1))
  })
})

describe("isOf", () => {
  it.each([
    ["same agent and attempt", step("claimed", a2), a2, true],
    ["same agent in any attempt", step("claimed", a2), { agent_id: a }, true],
    ["an earlier attempt", step("claimed", a2), a1, false],
    ["another agent in the same attempt", step("claimed", a2), { agent_id: b, attempt: 2 }, false],
    ["a step that nobody holds", step("not_started"), { agent_id: a }, false],
    ["a step that it completed", step("completed", a2), a2, true]
  ] as const)("%s", (_, of, who, expected) => {
    assert.strictEqual(isOf(of, { isProven: false, ...who }), expected)
  })
})

describe("a step that is held", () => {
  it("is not taken from an agent that is alive", () => {
    const error = alive(step("in_progress", a2))
    assert.include(error.message, 'held by agent "a" in attempt 2, which is alive')
    assert.include(error.message, "force: true")
    assert.deepInclude(error, { status: "in_progress", holder: a2 })
  })

  it("is not the caller's by its agent's name alone, while another session that holds it lives", () => {
    const at = (time: string) => `2026-01-01T${time}.000Z` as Timestamp
    const session: SessionInfo = {
      id: "s",
      client_name: "claude-code",
      client_version: "2.1.0",
      host: "laptop",
      pid: 4711,
      started_at: at("12:00:00"),
      last_seen_at: at("12:05:00")
    }
    const held = 'Step id 7 is in_progress, held by agent "a" in attempt 2 through another live session'
    assert.strictEqual(
      heldElsewhere(step("in_progress", a2), session, "complete_step").message,
      `${held} (client "claude-code 2.1.0", process 4711 on laptop, since 2026-01-01T12:00:00.000Z, last seen at 2026-01-01T12:05:00.000Z). Choose another agent_id, one that no other agent uses; or, if that session is yours, too, call complete_step again with attempt 2.`
    )
    const { client_name: _, client_version: __, ...unnamed } = session
    const error = heldElsewhere(step("in_progress", a2), unnamed, "claim_step")
    assert.include(error.message, `${held} (process 4711 on laptop`)
    assert.include(error.advice, "go on with it: call start_step with attempt 2.")
    assert.deepStrictEqual(error.holder, a2)
  })

  it("is not claimed again: its agent is told to go on, others to look for other work", () => {
    const own = heldByYou(step("claimed", a2))
    assert.strictEqual(own.held_by_you, true)
    assert.include(own.message, "It is yours already, in attempt 2: go on with it.")
    assert.include(notAllowed("claim", step("claimed", a2)).message, "Its agent goes on with it")
  })
})

describe("an attempt that a review rejected", () => {
  it("quotes the review, at most 300 characters of it", () => {
    const by = (reason: string) => rejected(step("not_started"), { attempt: 1, agent_id: "planner", reason })
    assert.include(by("no test").message, 'Attempt 1, yours, was completed and then reopened by "planner": no test.')
    assert.include(by("x".repeat(301)).message, `${"x".repeat(300)}….`)
    assert.notInclude(by("x".repeat(301)).message, "x".repeat(301))
  })
})

describe("refusal", () => {
  const held = step("in_progress", a2)

  it("asks an unknown caller for its agent", () => {
    const error = refusal("complete", held, "nobody")
    assert.strictEqual(
      error.message,
      'Step id 7 is in_progress, held by agent "a" in attempt 2. This session does not know which agent is calling. Call complete_step again with agent_id and attempt as claim_step gave them.'
    )
    assert.deepInclude(error, { status: "in_progress", holder: a2 })
  })

  it("asks which of several agents is calling", () => {
    assert.strictEqual(
      refusal("complete", held, "several").message,
      'Step id 7 is in_progress, held by agent "a" in attempt 2. Several agents have asked for steps through this session, and the call does not say which one it is. Call complete_step again with agent_id as you gave it to claim_step.'
    )
  })

  it.each([
    ["another agent", known(b, undefined), 'not by "b".'],
    ["an earlier attempt", known(a, 1), 'not by "a" in attempt 1.']
  ] as const)("tells %s who holds the step, and to stop", (_, who, says) => {
    const error = refusal("complete", held, who)
    assert.strictEqual(error.reason, `Step id 7 is in_progress, held by agent "a" in attempt 2, ${says}`)
    assert.include(error.advice, "Stop working on it")
    assert.include(error.advice, "Call claim_step")
  })

  it("tells of other content where the call was done already", () => {
    const error = refusal("complete", step("completed", a2), proven(a2))
    assert.strictEqual(error.reason, "Step id 7 is completed already, by an earlier complete_step with other content.")
  })

  it("tells the holder which call comes first", () => {
    const error = refusal("complete", step("claimed", a2), proven(a2))
    assert.strictEqual(
      error.reason,
      'Step id 7 is claimed, held by agent "a" in attempt 2: complete_step is not allowed.'
    )
    assert.strictEqual(error.advice, "Call start_step first, then complete_step.")
  })

  it("tells an overtaken agent to stop, whatever its successor has done so far", () => {
    for (const status of ["claimed", "in_progress"] as const) {
      for (const action of ["start", "heartbeat", "complete", "fail"] as const) {
        const { advice } = refusal(action, step(status, a2), proven(a1))
        assert.notInclude(advice, "start_step", `${action} of a ${status} step`)
        assert.include(advice.toLowerCase(), "call claim_step", `${action} of a ${status} step`)
      }
    }
  })

  it("does not send the holder of a running step away from it", () => {
    const { advice } = refusal("start", held, proven(a2))
    assert.notInclude(advice, "claim_step")
  })
})

const holder = fc.record({ agent_id: fc.constantFrom(a, b), attempt: fc.integer({ min: 1, max: 3 }) })
const who: fc.Arbitrary<Caller | Unknown> = fc.oneof(
  fc.constantFrom<Unknown>("nobody", "several"),
  fc.record({
    agent_id: fc.constantFrom(a, b),
    attempt: fc.option(fc.integer({ min: 1, max: 3 }), { nil: undefined }),
    isProven: fc.boolean()
  })
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
        if (typeof by === "object" && error.holder !== undefined && !isOf(step(status, of), by)) {
          assert.include(error.advice, "Stop working on it")
        }
      })
    )
  })
})
