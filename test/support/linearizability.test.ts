import { assert, describe, it } from "vitest"
import { type Call, check } from "./linearizability.ts"
import { type PlanCall, planModel, type SeenPlan } from "./planModel.ts"
import { seeded } from "./random.ts"
import { type Seen, type StepOp, type StepState, stepModel } from "./stepModel.ts"

type StepCall = Call<StepOp, Seen>

/** A call from `start` to `end` that was answered with the step as given, or with a refusal. */
const call = (start: number, end: number, op: StepOp, seen: Partial<Seen> = {}): StepCall => ({
  op,
  answer: { isRefused: false, ...seen },
  start,
  end
})
const lost = (start: number, op: StepOp): StepCall => ({ op, answer: undefined, start, end: Number.POSITIVE_INFINITY })

const refused = { isRefused: true }
const claim = (agent: string): StepOp => ({ tool: "claim_step", agent })
const read: StepOp = { tool: "get_step" }
const recover: StepOp = { tool: "recover_step" }
const cancel: StepOp = { tool: "update_plan", edit: "cancel" }
const change: StepOp = { tool: "update_plan", edit: "change" }
const by = (
  tool: "start_step" | "complete_step" | "fail_step" | "release_step",
  agent: string,
  attempt: number
): StepOp => ({
  tool,
  agent,
  attempt
})

const good: Readonly<Record<string, ReadonlyArray<StepCall>>> = {
  "of two claims at once one is refused, whichever began first": [
    call(0, 9, claim("a"), { ...refused, agent: "b" }),
    call(1, 8, claim("b"), { attempt: 1 })
  ],
  "an unanswered claim that happened": [
    lost(0, claim("a")),
    call(5, 6, read, { status: "claimed", agent: "a", attempt: 1 })
  ],
  "an unanswered claim that did not happen": [
    lost(0, claim("a")),
    call(5, 6, claim("b"), { attempt: 1 }),
    call(7, 8, read, { agent: "b" })
  ],
  "an unanswered claim that happened after a later call": [
    lost(0, claim("a")),
    call(5, 6, read, { status: "not_started" }),
    call(7, 8, read, { agent: "a" })
  ],
  "a recovery between a claim and its repeated completion": [
    call(0, 1, claim("a")),
    call(2, 3, recover),
    call(4, 5, by("complete_step", "a", 1)),
    call(6, 7, by("complete_step", "a", 1)),
    call(8, 9, by("complete_step", "b", 1), refused)
  ],
  "edits before and after a claim": [
    call(0, 1, change),
    call(2, 3, claim("a")),
    call(4, 5, change, { ...refused, status: "claimed" }),
    call(4, 5, cancel, { ...refused, agent: "a" }),
    call(6, 7, by("fail_step", "a", 1)),
    call(8, 9, change, { ...refused, status: "failed" })
  ],
  "a cancelled step that stays so": [
    call(0, 1, claim("a")),
    call(2, 3, recover),
    call(4, 5, cancel),
    call(6, 7, cancel),
    call(8, 9, by("complete_step", "a", 1), { ...refused, status: "cancelled" }),
    call(10, 11, claim("b"), refused),
    call(12, 13, read, { status: "cancelled", attempt: 1 })
  ],
  "of a cancellation and a claim at once, one is refused": [
    call(0, 9, cancel, refused),
    call(1, 8, claim("a"), { attempt: 1 })
  ]
}

const bad: Readonly<Record<string, ReadonlyArray<StepCall>>> = {
  "double claim": [call(0, 9, claim("a"), { attempt: 1 }), call(1, 8, claim("b"), { attempt: 1 })],
  "claim of a held step, with an attempt of its own": [
    call(0, 1, claim("a"), { attempt: 1 }),
    call(2, 3, claim("b"), { attempt: 2 })
  ],
  "lost completion": [
    call(0, 1, claim("a")),
    call(2, 3, by("start_step", "a", 1)),
    call(4, 5, by("complete_step", "a", 1)),
    call(6, 7, read, { status: "in_progress" })
  ],
  "completed step claimed again": [
    call(0, 1, claim("a")),
    call(2, 3, by("start_step", "a", 1)),
    call(4, 5, by("complete_step", "a", 1)),
    call(6, 7, claim("b"), { attempt: 2 })
  ],
  "stale write accepted": [
    call(0, 1, claim("a")),
    call(2, 3, recover),
    call(4, 5, claim("b")),
    call(6, 7, by("start_step", "a", 1))
  ],
  "stale completion accepted": [
    call(0, 1, claim("a")),
    call(2, 3, by("start_step", "a", 1)),
    call(4, 5, recover),
    call(6, 7, claim("b"), { attempt: 2 }),
    call(8, 9, by("complete_step", "a", 1))
  ],
  "write of an older attempt of the same agent accepted": [
    call(0, 1, claim("a")),
    call(2, 3, by("release_step", "a", 1)),
    call(4, 5, claim("a"), { attempt: 2 }),
    call(6, 7, by("fail_step", "a", 1))
  ],
  "completion of a released step accepted as late": [
    call(0, 1, claim("a")),
    call(2, 3, by("release_step", "a", 1)),
    call(4, 5, by("complete_step", "a", 1))
  ],
  "cancelled step claimed": [call(0, 1, cancel), call(2, 3, claim("a"))],
  "cancelled step completed late": [
    call(0, 1, claim("a")),
    call(2, 3, recover),
    call(4, 5, cancel),
    call(6, 7, by("complete_step", "a", 1))
  ],
  "cancelled and claimed at once": [call(0, 9, cancel), call(1, 8, claim("a"), { attempt: 1 })],
  "step at work edited": [call(0, 1, claim("a")), call(2, 3, change)],
  "edit refused though nobody had begun": [call(0, 1, change, refused)],
  "claim refused though nobody held it": [call(0, 1, claim("a"), refused)],
  "ready step passed over": [call(0, 1, { tool: "passed over" })],
  "the holder refused": [call(0, 1, claim("a")), call(2, 3, by("start_step", "a", 1), refused)],
  "attempt that falls": [
    call(0, 1, claim("a"), { attempt: 1 }),
    call(2, 3, recover),
    call(4, 5, claim("b"), { attempt: 1 })
  ],
  "old state read after a newer one was answered": [
    call(0, 1, claim("a")),
    call(2, 3, read, { status: "not_started" })
  ],
  "unanswered call that happened before it was made": [call(0, 1, read, { status: "claimed" }), lost(2, claim("a"))],
  "unanswered call that happened twice": [
    lost(0, claim("a")),
    call(1, 2, read, { attempt: 1 }),
    call(3, 4, recover),
    call(5, 6, read, { status: "claimed", attempt: 2 })
  ]
}

const edit = (
  start: number,
  end: number,
  brings: string,
  expected: number,
  answer: SeenPlan
): Call<PlanCall, SeenPlan> => ({
  op: { tool: "update_plan", brings, expected },
  answer,
  start,
  end
})

describe("linearizability of a plan's history", () => {
  const lostEdit = { ...edit(0, 9, "x", 1, refused), answer: undefined, end: Number.POSITIVE_INFINITY }

  it("accepts one edit for each revision", () => {
    const look = { op: { tool: "get_project" } as const, answer: { isRefused: false, revision: 3, has: ["b", "c"] } }
    const history = [
      edit(0, 9, "a", 1, refused),
      edit(1, 8, "b", 1, { isRefused: false, revision: 2 }),
      edit(9, 10, "c", 2, { isRefused: false, revision: 3 }),
      { ...look, start: 11, end: 12 },
      lostEdit
    ]
    assert.isTrue(check(planModel, history).isLinearizable)
    assert.isTrue(check(planModel, [lostEdit, edit(1, 2, "y", 1, refused)]).isLinearizable)
  })

  it("rejects a lost edit, and two edits of one revision", () => {
    const first = edit(0, 1, "a", 1, { isRefused: false, revision: 2 })
    const lost = { op: { tool: "get_project" } as const, answer: { isRefused: false, revision: 2, has: [] } }
    for (const second of [
      { ...lost, start: 2, end: 3 },
      edit(0, 9, "b", 1, { isRefused: false, revision: 2 }),
      edit(2, 3, "b", 2, { isRefused: false, revision: 2 }),
      edit(2, 3, "b", 2, refused)
    ]) {
      assert.isFalse(check(planModel, [first, second]).isLinearizable)
    }
  })
})

describe("linearizability of a step's history", () => {
  for (const [name, history] of Object.entries(good)) {
    it(`accepts: ${name}`, () => assert.isTrue(check(stepModel, history).isLinearizable))
  }
  for (const [name, history] of Object.entries(bad)) {
    it(`rejects: ${name}`, () => assert.isFalse(check(stepModel, history).isLinearizable))
  }

  it("tells how far it came and what it could not place", () => {
    const verdict = check(stepModel, bad["stale write accepted"] ?? [])
    assert(!verdict.isLinearizable)
    assert.strictEqual(verdict.order.length, 3)
    assert.deepInclude(verdict.state, { status: "claimed", agent: "b", attempt: 2 })
    assert.deepStrictEqual(
      verdict.stuck.map(({ op }) => op),
      [by("start_step", "a", 1)]
    )
  })

  it("accepts long histories that one caller after another made, and rejects each with one answer turned round", () => {
    const random = seeded(1)
    const agents = ["a", "b", "c"]
    const history: Array<StepCall> = []
    let state: StepState = stepModel.initial
    for (let at = 0; at < 300; at++) {
      const agent = random.pick(agents)
      const tool = random.pick(["start_step", "fail_step", "release_step"] as const)
      const op = random.pick([
        claim(agent),
        read,
        recover,
        { tool: "recover_failed_step" } as const,
        change,
        by(tool, agent, state.attempt)
      ])
      const next = stepModel.step(state, op, undefined)
      state = next ?? state
      // Each overlaps the two next to it.
      history.push(
        call(at - 0.9, at + 0.9, op, { isRefused: next === undefined, status: state.status, attempt: state.attempt })
      )
    }
    assert.isTrue(check(stepModel, history).isLinearizable)
    const claims = history.flatMap(({ op, answer }, at) => (op.tool === "claim_step" && !answer?.isRefused ? [at] : []))
    for (const at of claims) {
      const { answer, ...claimed } = history[at] as StepCall
      const turned = { ...claimed, answer: { ...answer, isRefused: true, attempt: (answer?.attempt ?? 0) + 1 } }
      assert.isFalse(check(stepModel, history.with(at, turned)).isLinearizable)
    }
  })
})
