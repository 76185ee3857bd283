import * as Schema from "effect/Schema"
import { assert, describe, it } from "vitest"
import { Claim, NoWorkReason } from "../../src/domain/Claim.ts"
import {
  AgentEvent,
  AgentMetrics,
  DeletedProject,
  Project,
  ProjectMetrics,
  Step,
  StepCounts
} from "../../src/domain/Entities.ts"
import { outcome } from "../support/schema.ts"

const at = "2026-01-18T10:30:00.000Z"

const step = {
  id: 1,
  project_id: 1,
  step_num: 1,
  branch: "step1/auth-add-jwt-utils",
  scope: "auth",
  status: "not_started",
  priority: 0,
  attempt: 0
}

const heldStep = {
  ...step,
  status: "merged",
  priority: -2,
  estimate_minutes: 90,
  attempt: 3,
  agent_id: "agent-1",
  worktree: "/w",
  claimed_at: at,
  started_at: at,
  completed_at: at,
  last_heartbeat: at,
  lease_expires_at: at,
  last_commit: "def456",
  merge_commit: "fed654",
  files_modified: ["a.ts"],
  notes: "",
  depends_on: [2, 3]
}

const project = {
  id: 1,
  name: "myapp",
  created_at: at,
  status: "active",
  priority: -1,
  unblock_on: "merged",
  revision: 1,
  total_steps: 3,
  step_counts: { merged: 3 }
}
const event = { id: 1, agent_id: "system", event_type: "recovered", timestamp: at }
const agentMetrics = { steps_completed: 10, avg_time_hours: 1.8, scopes: { ui: 10 } }
const projectMetrics = {
  total_steps: 5,
  completed: 3,
  failed: 0,
  in_progress: 1,
  not_started: 1,
  avg_time_hours: null,
  scopes: {}
}

const taken: ReadonlyArray<readonly [name: string, schema: Schema.Schema.AnyNoContext, value: object]> = [
  ["Step", Step, step],
  ["Step", Step, heldStep],
  ["Project", Project, project],
  ["Project", Project, { ...project, base_commit: "abc123" }],
  ["AgentEvent", AgentEvent, event],
  ["AgentEvent", AgentEvent, { ...event, project_id: 1, step_id: 2, metadata: { attempt: 1, from_agent: "a" } }],
  ["DeletedProject", DeletedProject, { name: "p", steps: 3, dependencies: 2, failed_attempts: 0, claims: 1 }],
  ["StepCounts", StepCounts, {}],
  ["Claim", Claim, { step: { ...heldStep, base_commit: "abc123", dependencies: [] } }],
  [
    "Claim of a second attempt",
    Claim,
    {
      step: {
        ...heldStep,
        attempt: 2,
        dependencies: [{ step_num: 1, branch: "b", last_commit: "c", notes: "n", files_modified: ["f"] }],
        previous_attempts: [{ attempt: 1, agent_id: "a", outcome: "recovered", notes: "why" }]
      }
    }
  ],
  ["AgentMetrics", AgentMetrics, agentMetrics],
  ["ProjectMetrics", ProjectMetrics, projectMetrics],
  ...NoWorkReason.literals.map((reason) => ["Claim", Claim, { step: null, reason, retry_after_seconds: 30 }] as const)
]

const refused: ReadonlyArray<readonly [name: string, schema: Schema.Schema.AnyNoContext, value: object]> = [
  ["Step with an attempt below 0", Step, { ...step, attempt: -1 }],
  ["Step of an unknown status", Step, { ...step, status: "done" }],
  ["Step with a NULL", Step, { ...step, notes: null }],
  ["Project with a count below 0", Project, { ...project, total_steps: -1 }],
  ["StepCounts of an unknown status", StepCounts, { done: 1 }],
  ["Claim without a step or null", Claim, {}],
  ["Claim for an unknown reason", Claim, { step: null, reason: "bored" }],
  ["Claim to be asked again at once", Claim, { step: null, reason: "all_claimed", retry_after_seconds: 0 }],
  ["AgentEvent of an unknown type", AgentEvent, { ...event, event_type: "seen" }],
  ["AgentMetrics below 0", AgentMetrics, { ...agentMetrics, avg_time_hours: -1 }]
]

describe("entities", () => {
  it.each(taken)("%s goes through JSON unchanged: %j", (_, schema, value) => {
    const typed = schema as Schema.Schema<unknown>
    const json = JSON.stringify(Schema.encodeSync(typed)(Schema.decodeUnknownSync(typed)(value)))
    assert.deepStrictEqual(JSON.parse(json), value)
  })

  it.each(refused)("%s is refused", (_, schema, value) => {
    assert.isDefined(outcome(schema, value))
  })
})
