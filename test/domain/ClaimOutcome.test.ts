import { assert, describe, it } from "@effect/vitest"
import * as Either from "effect/Either"
import type { NoWorkReason } from "../../src/domain/Claim.ts"
import { type ClaimError, isWorthWaiting } from "../../src/domain/ClaimOutcome.ts"
import {
  Conflict,
  DependencyUnmet,
  InvalidInput,
  NotFound,
  StorageBusy,
  StorageFailure
} from "../../src/domain/Errors.ts"
import { AgentId, ProjectName, StepId } from "../../src/domain/Ids.ts"

const me = AgentId.make("me")
const other = AgentId.make("other")
const project = ProjectName.make("p")
const step_id = StepId.make(1)

const without = (reason: NoWorkReason) => isWorthWaiting(Either.right({ step: null, reason }))
const refused = (error: ClaimError) => isWorthWaiting(Either.left(error))

const conflict = (more: Partial<ConstructorParameters<typeof Conflict>[0]>) =>
  new Conflict({ reason: "no", advice: "later", ...more })

const atWork = (agent_id: AgentId) =>
  ({
    step_id: StepId.make(2),
    step_num: 2,
    project,
    status: "claimed",
    agent_id
  }) as const

describe("a claim without a step is worth waiting on", () => {
  it.each<[NoWorkReason, boolean]>([
    ["all_blocked", true],
    ["all_claimed", true],
    ["files_in_use", true],
    ["failed_upstream", true],
    ["all_failed", true],
    ["project_paused", true],
    ["no_projects", true],
    ["no_steps", true],
    ["no_such_scope", false],
    ["held_by_you", false],
    ["all_done", false],
    ["project_aborted", false]
  ])("%s: %s", (reason, isWorth) => {
    assert.strictEqual(without(reason), isWorth)
  })

  it.each<[string, ClaimError, boolean]>([
    ["waits for others", new DependencyUnmet({ step_id, unmet: [] }), true],
    ["another agent's", conflict({ status: "claimed", holder: { agent_id: other, attempt: 1 } }), true],
    ["at work, by a person's doing", conflict({ status: "in_progress" }), true],
    [
      "the caller's own",
      conflict({ status: "claimed", holder: { agent_id: me, attempt: 1 }, held_by_you: true }),
      false
    ],
    [
      "held under the caller's name in another session",
      conflict({ status: "claimed", holder: { agent_id: me, attempt: 1 } }),
      true
    ],
    ["done", conflict({ status: "completed" }), false],
    ["files of another agent's step", conflict({ status: "not_started", blocked_by: [atWork(other)] }), true],
    [
      "files of the caller's own steps, too",
      conflict({ blocked_by: [atWork(other), atWork(me)], held_by_you: true }),
      false
    ],
    ["not a matter of the step", conflict({}), false],
    ["the database is locked", new StorageBusy({ waited_ms: 1 }), true],
    ["the disk is full", new StorageFailure({ reason: "full" }), false],
    ["no such step", new NotFound({ entity: "step", key: 1 }), false],
    ["a wrong request", new InvalidInput({ faults: [] }), false]
  ])("%s", (_, error, isWorth) => {
    assert.strictEqual(refused(error), isWorth)
  })
})
