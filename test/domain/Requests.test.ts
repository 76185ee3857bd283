import type * as Schema from "effect/Schema"
import { assert, describe, it } from "vitest"
import * as Requests from "../../src/domain/Requests.ts"
import { outcome } from "../support/schema.ts"

const step = { step_num: 1, branch: "step1/work", scope: "api" }
const project = { name: "p", base_commit: "abc123", steps: [step] }
const complete = { step_id: 1, commit_hash: "abc123" }
const page = { limit: 1_000, cursor: "abc" }

type Case = readonly [name: string, schema: Schema.Schema.AnyNoContext, least: object, most: object]

const requests: ReadonlyArray<Case> = [
  ["StepDefinition", Requests.StepDefinition, step, { ...step, depends_on: [], priority: -1, estimate_minutes: 90 }],
  ["CreateProject", Requests.CreateProject, project, { ...project, priority: 5, unblock_on: "merged" }],
  ["GetProject", Requests.GetProject, { name: "p" }, { name: "p", ...page }],
  ["ListProjects", Requests.ListProjects, {}, { status: "aborted", ...page }],
  [
    "ClaimStep",
    Requests.ClaimStep,
    { agent_id: "a" },
    {
      project: "p",
      agent_id: "a",
      step_id: 1,
      step_num: 1,
      scopes: ["ui"],
      max_held: 2,
      request_id: "r",
      allow_overlap: true,
      wait_seconds: 900
    }
  ],
  ["StartStep", Requests.StartStep, { step_id: 1 }, { step_id: 1, worktree: "/w", agent_id: "a", attempt: 2 }],
  ["Heartbeat", Requests.Heartbeat, { step_id: 1 }, { step_id: 1, agent_id: "a", attempt: 2 }],
  [
    "CompleteStep",
    Requests.CompleteStep,
    complete,
    { ...complete, files_modified: ["a.ts"], notes: "", agent_id: "a", attempt: 2 }
  ],
  [
    "FailStep",
    Requests.FailStep,
    { step_id: 1, reason: "no disk" },
    { step_id: 1, reason: "x", agent_id: "a", attempt: 1 }
  ],
  ["ReleaseStep", Requests.ReleaseStep, { step_id: 1 }, { step_id: 1, reason: "", agent_id: "a", attempt: 1 }],
  [
    "MergeStep",
    Requests.MergeStep,
    { step_id: 1, merge_commit: "abc" },
    { step_id: 1, merge_commit: "abc", agent_id: "a" }
  ],
  [
    "UpdateProject",
    Requests.UpdateProject,
    { name: "p" },
    { name: "p", new_name: "q", status: "paused", priority: 1, unblock_on: "completed", agent_id: "a" }
  ],
  [
    "UpdatePlan",
    Requests.UpdatePlan,
    { project: "p", operations: [{ op: "cancel", step_num: 1 }] },
    {
      project: "p",
      operations: [
        { op: "add", ...step, needed_by: [2], files: ["src/**"], depends_on: [], priority: 1, estimate_minutes: 5 },
        { op: "cancel", step_num: 1, dependents: "follow" },
        { op: "split", step_num: 2, into: [step] }
      ],
      expected_revision: 3,
      agent_id: "a"
    }
  ],
  ["DeleteProject", Requests.DeleteProject, { name: "p" }, { name: "p", force: true, agent_id: "a" }],
  ["RecoverStep", Requests.RecoverStep, { step_id: 1 }, { step_id: 1, force: true, agent_id: "a" }],
  ["RecoverFailedStep", Requests.RecoverFailedStep, { step_id: 1 }, { step_id: 1, agent_id: "a" }],
  ["AgentWork", Requests.AgentWork, { agent_id: "a" }, { agent_id: "a", ...page }],
  ["OneStep", Requests.OneStep, { step_id: 1 }, { step_id: 2 ** 53 - 1 }],
  ["AvailableSteps", Requests.AvailableSteps, {}, { project: "p", scope: "ui", ...page }],
  ["StaleWork", Requests.StaleWork, {}, { timeout_minutes: 0.5, ...page }],
  ["GetMetrics", Requests.GetMetrics, {}, { project: "p", agent_id: "a" }],
  ["AgentEvents", Requests.AgentEvents, {}, { agent_id: "a", project: "p", ...page }]
]

describe.each(requests)("%s", (_, schema, least, most) => {
  it("takes the least and the most that may be given", () => {
    assert.isUndefined(outcome(schema, least))
    assert.isUndefined(outcome(schema, most))
  })

  it("needs each of its required fields", () => {
    for (const name of Object.keys(least)) {
      const { [name]: _, ...without } = least as Record<string, unknown>
      assert.include(outcome(schema, without), `["${name}"]`)
    }
  })

  it("refuses a field that it does not know, by name", () => {
    assert.include(outcome(schema, { ...least, colour: "red" }), `["colour"]`)
  })
})

describe("the agent that acts", () => {
  const acting = requests.filter(([name, schema]) => {
    const said = outcome(schema, { agent_id: 5 }) ?? ""
    return said.includes(`["agent_id"]`) && !said.includes("unexpected") && !/^(Get|Agent)/.test(name)
  })

  it("is named in every request that changes something about steps or projects", () => {
    assert.sameMembers(
      acting.map(([name]) => name),
      [
        ...["ClaimStep", "StartStep", "Heartbeat", "CompleteStep", "FailStep", "ReleaseStep", "MergeStep"],
        ...["UpdateProject", "UpdatePlan", "DeleteProject", "RecoverStep", "RecoverFailedStep"]
      ]
    )
  })

  it.each(["sys\u200btem", "al\u202eice", "-rf"])("has no name that others do not see as it is: %j", (agent_id) => {
    assert.isDefined(
      outcome(Requests.UpdatePlan, { project: "p", operations: [{ op: "cancel", step_num: 1 }], agent_id })
    )
    assert.isUndefined(
      outcome(Requests.UpdatePlan, { project: "p", operations: [{ op: "cancel", step_num: 1 }], agent_id: "ann" })
    )
  })

  it.each([
    ["system", "means hq itself"],
    [" System", "means hq itself"],
    ["human:ann", "are for people"],
    ["HUMAN:", "are for people"],
    ["human", undefined],
    ["system-2", undefined]
  ])("may call itself %j, or not", (agent_id, says) => {
    for (const [name, schema, least] of acting) {
      const found = outcome(schema, { ...least, agent_id })
      if (says === undefined) assert.isUndefined(found, name)
      else assert.include(found, says, name)
    }
  })

  it("can be asked for whatever it is called", () => {
    for (const agent_id of ["system", "human:ann"]) {
      for (const schema of [Requests.AgentWork, Requests.GetMetrics, Requests.AgentEvents]) {
        assert.isUndefined(outcome(schema as Case[1], { agent_id }))
      }
    }
  })
})

describe("RecoverStep", () => {
  it("takes force for true or false only", () => {
    assert.include(outcome(Requests.RecoverStep, { step_id: 1, force: "maybe" }), "must be true or false")
  })
})

const many = <A>(count: number, item: (index: number) => A): Array<A> =>
  Array.from({ length: count }, (_, i) => item(i))

describe("bounds", () => {
  const limit = "must be from 1 to 1000"
  it.each<[string, Schema.Schema.AnyNoContext, object, says: string | undefined]>([
    ["a plan without steps", Requests.CreateProject, { ...project, steps: [] }, "must have at least 1 step"],
    ["10,000 steps", Requests.CreateProject, { ...project, steps: many(10_000, () => step) }, undefined],
    [
      "10,001 steps",
      Requests.CreateProject,
      { ...project, steps: many(10_001, () => step) },
      "must have at most 10000 steps"
    ],
    [
      "10,001 dependencies",
      Requests.StepDefinition,
      { ...step, depends_on: many(10_001, () => 2) },
      "must have at most 10000 items"
    ],
    [
      "10,001 files",
      Requests.CompleteStep,
      { ...complete, files_modified: many(10_001, String) },
      "must have at most 10000 items"
    ],
    [
      "files of more than 131,072 characters",
      Requests.CompleteStep,
      { ...complete, files_modified: many(129, () => "f".repeat(1024)) },
      "must have at most 131072 characters together"
    ],
    ["a limit of 0", Requests.ListProjects, { limit: 0 }, limit],
    ["a limit of 1,001", Requests.AgentEvents, { limit: 1_001 }, limit],
    ["no minutes", Requests.StaleWork, { timeout_minutes: 0 }, "must be more than 0"],
    ["minutes below 0", Requests.StaleWork, { timeout_minutes: -1 }, "must be more than 0"],
    ["a moment", Requests.StaleWork, { timeout_minutes: Number.MIN_VALUE }, undefined],
    ["an age", Requests.StaleWork, { timeout_minutes: Number.MAX_VALUE }, undefined],
    ["endless minutes", Requests.StaleWork, { timeout_minutes: Number.POSITIVE_INFINITY }, "finite"],
    ["an unknown status", Requests.ListProjects, { status: "done" }, "must be active, paused, completed or aborted"],
    ["a status that nobody gives", Requests.UpdateProject, { name: "p", status: "completed" }, "paused or aborted"],
    [
      "51 scopes",
      Requests.ClaimStep,
      { agent_id: "a", scopes: many(51, (index) => `s${index}`) },
      "must have at most 50 scopes"
    ],
    ["no operations", Requests.UpdatePlan, { project: "p", operations: [] }, "must have at least 1 operation"],
    [
      "an unknown operation",
      Requests.PlanOperation,
      { op: "move", step_num: 1 },
      "add, change, cancel, split or reopen"
    ],
    [
      "dependents that do something else",
      Requests.PlanOperation,
      { op: "cancel", step_num: 1, dependents: "wait" },
      "must be follow or drop"
    ],
    ["a step split into none", Requests.PlanOperation, { op: "split", step_num: 1, into: [] }, "at least 1 step"],
    ["101 globs", Requests.StepDefinition, { ...step, files: many(101, String) }, "must have at most 100 globs"],
    ["a glob outside", Requests.StepDefinition, { ...step, files: ["../a"] }, "must not contain .. as a name"],
    ["16 minutes of waiting", Requests.ClaimStep, { agent_id: "a", wait_seconds: 901 }, "must be from 0 to 900"],
    ["no estimate", Requests.StepDefinition, { ...step, estimate_minutes: 0 }, "must be from 1 to 1000000"],
    ["a blank reason", Requests.FailStep, { step_id: 1, reason: " " }, "must not be empty or blank"],
    ["a blank branch", Requests.StepDefinition, { ...step, branch: "" }, "must not be empty or blank"],
    ["an attempt of 0", Requests.Heartbeat, { step_id: 1, attempt: 0 }, "must be from 1 to 9007199254740991"]
  ])("%s", (_, schema, input, says) => {
    const found = outcome(schema, input)
    if (says === undefined) assert.isUndefined(found)
    else assert.include(found, says)
  })

  it("finds every fault at once", () => {
    const found = outcome(Requests.CreateProject, {
      name: "",
      steps: [
        { ...step, step_num: 0 },
        { ...step, depends_on: [0.5] }
      ]
    })
    for (const place of [`["name"]`, `["base_commit"]`, `["step_num"]`, `["depends_on"]`]) assert.include(found, place)
  })
})
