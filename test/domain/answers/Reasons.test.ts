import { assert, describe, it } from "vitest"
import type { BlockerInProject } from "../../../src/domain/answers/Explanations.ts"
import { nextOf, reasonOf, type Situation } from "../../../src/domain/answers/Reasons.ts"
import { Step } from "../../../src/domain/Entities.ts"
import { AgentId, ProjectId, ProjectName, StepId } from "../../../src/domain/Ids.ts"
import type { StepStatus } from "../../../src/domain/Status.ts"
import { Timestamp } from "../../../src/domain/Text.ts"

const [since, now, later] = ["2026-01-18T10:30:00.000Z", "2026-01-18T11:00:00.000Z", "2026-01-18T11:15:00.000Z"].map(
  (text) => Timestamp.make(text)
) as [Timestamp, Timestamp, Timestamp]

const own = (status: StepStatus, more: Partial<Step> = {}) =>
  new Step({
    id: StepId.make(9),
    project_id: ProjectId.make(1),
    step_num: 7,
    branch: "b",
    scope: "api",
    status,
    priority: 0,
    attempt: 2,
    ...more
  })

const held = { agent_id: AgentId.make("b"), claimed_at: since, lease_expires_at: later }

const other = (step_num: number, status: StepStatus, more: Partial<BlockerInProject> = {}): BlockerInProject => ({
  step_id: StepId.make(step_num + 10),
  step_num,
  status,
  ...more
})

const situation = (step: Step, more: Partial<Situation> = {}): Situation => ({
  step,
  project: { name: "p", status: "active", unblock_on: "completed" },
  waitsFor: 0,
  isCut: false,
  roots: [],
  inUse: [],
  inProject: [],
  now,
  ...more
})

const waiting = (roots: ReadonlyArray<BlockerInProject>, more: Partial<Situation> = {}) =>
  situation(own("not_started"), { waitsFor: roots.length, roots, ...more })

const paused = { name: "p", status: "paused", unblock_on: "completed" } as const
const merging = { name: "p", status: "active", unblock_on: "merged" } as const

const cases: ReadonlyArray<readonly [title: string, Situation, reason: string, next: string]> = [
  ["ready", situation(own("not_started")), "It is ready: nobody has claimed it.", "Call claim_step with step_id 9."],
  [
    "held",
    situation(own("in_progress", held)),
    `It is in_progress, held by agent "b" since ${since}, lease until ${later}, in attempt 2.`,
    "Its agent goes on with it; call claim_step for other work."
  ],
  [
    "held by an agent that is gone",
    situation(own("claimed", { ...held, lease_expires_at: now })),
    `It is claimed, held by agent "b" since ${since}, its lease ended at ${now}, in attempt 2.`,
    "Call recover_step if its agent is gone; a sweep does so, too."
  ],
  [
    "given to somebody by a person",
    situation(own("claimed")),
    "It is claimed, held by an unknown agent, in attempt 2.",
    "Its agent goes on with it; call claim_step for other work."
  ],
  [
    "failed",
    situation(own("failed", { agent_id: held.agent_id, notes: "no disk" })),
    'It failed in attempt 2 by agent "b": no disk',
    "Call recover_failed_step to make it claimable again."
  ],
  [
    "failed, at length",
    situation(own("failed", { agent_id: held.agent_id, notes: "x".repeat(1000) })),
    `It failed in attempt 2 by agent "b": ${"x".repeat(300)}…`,
    "Call recover_failed_step to make it claimable again."
  ],
  [
    "failed, without a word",
    situation(own("failed")),
    "It failed in attempt 2.",
    "Call recover_failed_step to make it claimable again."
  ],
  [
    "completed",
    situation(own("completed")),
    "It is completed.",
    "Nothing is left to do on it; call claim_step for other work."
  ],
  [
    "completed, to be merged",
    situation(own("completed"), { project: merging }),
    "It is completed but not merged: what depends on it waits for that.",
    "Call merge_step once its branch is merged."
  ],
  [
    "cancelled",
    situation(own("cancelled")),
    "It is cancelled.",
    "It is no longer part of the plan; call claim_step for other work."
  ],
  [
    "of a paused project",
    situation(own("not_started"), { project: paused }),
    'Project "p" is paused: its steps are not handed out.',
    "Call update_project with status active to hand its steps out."
  ],
  [
    "waiting in a paused project",
    waiting([other(1, "not_started")], { project: paused }),
    'Project "p" is paused: its steps are not handed out. It waits for 1 step. First: step 1 (id 11) can be claimed.',
    "Call update_project with status active to hand its steps out."
  ],
  [
    "waiting for each kind",
    waiting([other(1, "failed"), other(2, "completed"), other(3, "cancelled")]),
    "It waits for 3 steps. First: step 1 (id 11) failed; step 2 (id 12) is completed but not merged; step 3 (id 13) is cancelled.",
    "Call recover_failed_step for step id 11. Call merge_step for step id 12 once it is merged. Call update_plan so that nothing depends on step id 13."
  ],
  [
    "waiting for the living and the dead",
    waiting([other(1, "claimed", { ...held, lease_expires_at: since }), other(2, "in_progress", held)]),
    `It waits for 2 steps. First: step 1 (id 11) is claimed, held by agent "b" since ${since}, its lease ended at ${since}; step 2 (id 12) is in_progress, held by agent "b" since ${since}, lease until ${later}.`,
    "Call recover_step for step id 11 if its agent is gone. Let the agents at work go on; call claim_step for other work."
  ],
  [
    "waiting for many",
    waiting([1, 2, 3, 4, 5].map((num) => other(num, "not_started"))),
    "It waits for 5 steps. First: step 1 (id 11) can be claimed; step 2 (id 12) can be claimed; step 3 (id 13) can be claimed; and 2 more.",
    "Call claim_step for step id 11, 12, 13 and others."
  ],
  [
    "waiting for too many to follow",
    waiting([], {
      waitsFor: 200,
      isCut: true,
      inProject: [{ ...other(1, "failed"), project: ProjectName.make("p") }]
    }),
    "It waits for at least 200 steps, too many to follow. In the project these hold up most: step 1 (id 11) failed.",
    'Call explain_step with project "p" for what holds up most.'
  ],
  [
    "waiting for too many to follow, nobody knows for what",
    waiting([], { waitsFor: 200, isCut: true }),
    "It waits for at least 200 steps.",
    'Call explain_step with project "p" for what holds up most.'
  ],
  [
    "waiting in a circle",
    waiting([], { waitsFor: 2 }),
    "It waits for 2 steps, which wait for each other in a circle.",
    "Call update_plan to take one of these dependencies away."
  ]
]

describe("why a step is not to be had", () => {
  it.each(cases)("%s", (_, asked, reason, next) => {
    assert.strictEqual(reasonOf(asked), reason)
    assert.strictEqual(nextOf(asked), next)
  })
})
