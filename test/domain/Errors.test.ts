import * as Schema from "effect/Schema"
import { assert, describe, it } from "vitest"
import {
  Conflict,
  capFaults,
  DependencyUnmet,
  InvalidInput,
  NotFound,
  OutcomeUnknown,
  StorageBusy,
  StorageFailure
} from "../../src/domain/Errors.ts"
import { AgentId, StepId } from "../../src/domain/Ids.ts"
import { budget, cost } from "../../src/domain/ResponseBudget.ts"
import { Timestamp } from "../../src/domain/Text.ts"

const id = StepId.make(7)

const messages = [
  [
    new NotFound({ entity: "project", key: "auth" }),
    'There is no project named "auth". Call list_projects to see the names.'
  ],
  [
    new NotFound({ entity: "step", key: 7 }),
    "There is no step with id 7. Call get_project to see the ids of its steps."
  ],
  [new Conflict({ reason: "It is taken.", advice: "Call claim_step." }), "It is taken. Call claim_step."],
  [
    new DependencyUnmet({
      step_id: id,
      unmet: [
        { step_id: StepId.make(1), step_num: 2, status: "claimed" },
        { step_id: StepId.make(3), step_num: 4, status: "failed" }
      ]
    }),
    "Step id 7 waits for others: step 2 (id 1) is claimed, step 4 (id 3) is failed. Call explain_step to see what must happen first, or call claim_step without naming a step."
  ],
  [
    new DependencyUnmet({
      step_id: id,
      unmet: [
        {
          step_id: StepId.make(1),
          step_num: 2,
          status: "claimed",
          agent_id: AgentId.make("b"),
          lease_expires_at: Timestamp.make("2026-01-18T10:45:00.000Z")
        },
        { step_id: StepId.make(3), step_num: 4, status: "in_progress", agent_id: AgentId.make("c") }
      ],
      unmet_more: 5
    }),
    'Step id 7 waits for others: step 2 (id 1) is claimed by agent "b" until 2026-01-18T10:45:00.000Z, step 4 (id 3) is in_progress by agent "c", and 5 more. Call explain_step to see what must happen first, or call claim_step without naming a step.'
  ],
  [
    new DependencyUnmet({
      step_id: id,
      unmet: [{ step_id: StepId.make(1), step_num: 2, status: "completed" }],
      unmet_more: 9
    }),
    "Step id 7 waits for others: step 2 (id 1) is completed but not merged, and 9 more. Call merge_step for each once it is merged, or call claim_step without naming a step."
  ],
  [
    new InvalidInput({
      faults: [
        { path: "steps.3.branch", message: "is missing" },
        { path: "", message: "and 4 more" }
      ]
    }),
    "Invalid input, nothing was changed. steps.3.branch: is missing; and 4 more"
  ],
  [
    new StorageBusy({ waited_ms: 10_000 }),
    "The database was locked by another process for 10000 ms; nothing was changed. Try the same call again."
  ],
  [new StorageFailure({ reason: "The disk is full." }), "The disk is full."],
  [
    new OutcomeUnknown(),
    "The database failed while this call was being committed: it may have been kept, or not. Find out before you go on: after claim_step, call it again with the same request_id, or call get_agent_work; otherwise call get_step or get_project, and repeat the call if it is not there. Tell the operator to check the disk."
  ]
] as const

describe("StorageBusy", () => {
  it("names the file that could not be opened", () => {
    assert.include(new StorageBusy({ waited_ms: 5, file: "/a.db" }).message, "The database /a.db was locked by another")
    assert.include(new StorageBusy({ waited_ms: 5 }).message, "The database was locked by another")
  })
})

describe("message", () => {
  it.each(messages)("of %o", (error, message) => {
    assert.strictEqual(error.message, message)
    assert.instanceOf(error, Error)
  })
})

describe("an error", () => {
  const AnyError = Schema.Union(
    Conflict,
    DependencyUnmet,
    InvalidInput,
    NotFound,
    OutcomeUnknown,
    StorageBusy,
    StorageFailure
  )

  it.each(messages)("survives the way through JSON: %o", (error) => {
    const json = JSON.stringify(Schema.encodeSync(AnyError)(error))
    const back = Schema.decodeUnknownSync(AnyError)(JSON.parse(json))
    assert.strictEqual(back._tag, error._tag)
    assert.strictEqual(back.message, error.message)
  })
})

describe("capFaults", () => {
  it("keeps as many long ones as fit, and counts the others", () => {
    const long = Array.from({ length: 100 }, (_, index) => ({ path: `steps.${index}`, message: "界".repeat(200) }))
    const told = capFaults(long)
    assert.isBelow(cost(told), budget.error)
    assert.deepStrictEqual(told.slice(0, -1), long.slice(0, told.length - 1))
    assert.deepStrictEqual(told.at(-1), { path: "", message: `and ${101 - told.length} more` })
  })

  const faults = (count: number) =>
    Array.from({ length: count }, (_, at) => ({ path: `steps.${at}`, message: "is wrong" }))

  it.each([0, 1, 100])("keeps %d faults as they are", (count) => {
    assert.deepStrictEqual(capFaults(faults(count)), faults(count))
  })

  it.each([101, 10_000])("counts what is more than 100 of %d", (count) => {
    assert.deepStrictEqual(capFaults(faults(count)), [...faults(100), { path: "", message: `and ${count - 100} more` }])
  })
})
