import { assert, describe, it } from "@effect/vitest"
import * as Schema from "effect/Schema"
import {
  Conflict,
  DependencyUnmet,
  InvalidInput,
  NotFound,
  StorageBusy,
  StorageFailure
} from "../../src/domain/Errors.ts"
import { AgentId, StepId } from "../../src/domain/Ids.ts"
import { failure, success, ToolError } from "../../src/mcp/Result.ts"

const id = StepId.make(7)

const errors: ReadonlyArray<readonly [ToolError, ReadonlyArray<string>]> = [
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
  [new StorageFailure({ reason: "The disk is full." }), ["The disk is full."]]
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
    assert.deepStrictEqual(Schema.decodeUnknownSync(ToolError)(JSON.parse(JSON.stringify(told))), error)
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
