import { assert, describe, it } from "@effect/vitest"
import * as Schema from "effect/Schema"
import {
  Conflict,
  CoordinationError,
  capFaults,
  DependencyUnmet,
  InvalidInput,
  NotFound,
  OutcomeUnknown,
  StorageBusy,
  StorageFailure
} from "../../src/domain/Errors.ts"
import { AgentId, ProjectName, StepId } from "../../src/domain/Ids.ts"
import { failure, success } from "../../src/mcp/Result.ts"

const id = StepId.make(7)

const errors: ReadonlyArray<readonly [CoordinationError, ReadonlyArray<string>]> = [
  [new NotFound({ entity: "project", key: "auth" }), ["auth", "list_projects"]],
  [new NotFound({ entity: "step", key: 7 }), ["7", "get_project"]],
  [
    new Conflict({
      reason: "It is held.",
      advice: "Call claim_step.",
      step_id: id,
      status: "claimed",
      holder: { agent_id: AgentId.make("a"), attempt: 2 }
    }),
    ["It is held.", "Call claim_step."]
  ],
  [
    new DependencyUnmet({ step_id: id, unmet: [{ step_id: StepId.make(3), step_num: 2, status: "failed" }] }),
    ["step 2", "failed"]
  ],
  [
    new InvalidInput({
      faults: [
        { path: "steps.0.scope", message: "is missing" },
        { path: "", message: "and 5 more" }
      ]
    }),
    ["steps.0.scope: is missing", "and 5 more", "nothing was changed"]
  ],
  [new StorageBusy({ waited_ms: 10_000 }), ["10000 ms", "Try the same call again"]],
  [new StorageFailure({ reason: "The disk is full." }), ["The disk is full."]],
  [new OutcomeUnknown(), ["may have been kept, or not", "the same request_id", "get_step"]]
]

describe("failure", () => {
  it.each(errors)("%s: words for the model, fields for a program", (error, words) => {
    const result = failure(error)
    assert.isTrue(result.isError)
    assert.lengthOf(result.content, 1)
    const text = result.content[0]?.text ?? ""
    assert.isTrue(text.startsWith(`${error._tag}: `), text)
    for (const word of words) assert.include(text, word)
    const told = result.structuredContent.error as { _tag: string; message: string }
    assert.strictEqual(told._tag, error._tag)
    assert.strictEqual(told.message, error.message)
    assert.deepStrictEqual(Schema.decodeUnknownSync(CoordinationError)(JSON.parse(JSON.stringify(told))), error)
  })
})

describe("failure of an error that says much", () => {
  const blocked_by = Array.from({ length: 10 }, (_, index) => ({
    step_id: StepId.make(index + 1),
    step_num: index + 1,
    project: ProjectName.make("界".repeat(200)),
    status: "in_progress" as const,
    agent_id: AgentId.make("\u0001".repeat(200))
  }))
  const advice = "Call claim_step again."
  const unmet = Array.from({ length: 50 }, (_, index) => ({
    step_id: StepId.make(Number.MAX_SAFE_INTEGER),
    step_num: index + 1,
    status: "in_progress" as const
  }))
  const faults = Array.from({ length: 100 }, () => ({ path: "\u0001".repeat(200), message: '"'.repeat(200) }))

  it.each([
    new Conflict({ reason: "\u0001".repeat(4000), advice, blocked_by }),
    new DependencyUnmet({ step_id: id, unmet, unmet_more: 9_950 }),
    new InvalidInput({ faults: capFaults(faults) }),
    new NotFound({ entity: "project", key: "\u0001".repeat(200) })
  ] as ReadonlyArray<CoordinationError>)("keeps within a line, and still says what to do next: $_tag", (error) => {
    const result = failure(error)
    assert.isBelow(Buffer.byteLength(JSON.stringify({ jsonrpc: "2.0", id: 1, result })), 20_000)
    const text = result.content[0]?.text ?? ""
    assert.strictEqual(text.slice(-20), `${error._tag}: ${error.message}`.slice(-20))
    assert.strictEqual((result.structuredContent.error as CoordinationError).message, text.slice(error._tag.length + 2))
  })
})

describe("success", () => {
  it("gives the structured result as JSON text", () => {
    const result = success({ ok: true, left_out: undefined })
    assert.deepStrictEqual(result, {
      content: [{ type: "text", text: '{"ok":true}' }],
      structuredContent: { ok: true, left_out: undefined }
    })
  })

  it("gives the value that the contract documents, where it is another one", () => {
    const result = success({ step: null, reason: "all_done" }, null)
    assert.strictEqual(result.content[0]?.text, "null")
    assert.deepStrictEqual(result.structuredContent, { step: null, reason: "all_done" })
    assert.notProperty(result, "isError")
  })
})
