import { JSONRPCMessageSchema } from "@modelcontextprotocol/sdk/types.js"
import { assert, describe, it } from "vitest"
import { toolCallOf } from "../../../src/mcp/server/toolCall.ts"

const params = { name: "get_step", arguments: { step_id: 1 } }
const call = { jsonrpc: "2.0", id: 1, method: "tools/call", params }

describe("toolCallOf", () => {
  it.each([
    ["a call", call],
    ["an id that is a text", { ...call, id: "a" }],
    ["no params", { jsonrpc: "2.0", id: 1, method: "tools/call" }],
    ["a progress token", { ...call, params: { ...params, _meta: { progressToken: 0 } } }],
    ["a client's own fields of _meta", { ...call, params: { ...params, _meta: { "client/id": {} } } }]
  ])("takes %s, which the SDK takes, too", (_, message) => {
    assert.strictEqual<unknown>(toolCallOf(message), message)
    assert.isTrue(JSONRPCMessageSchema.safeParse(message).success)
  })

  it.each([
    ["another method", { ...call, method: "tools/list" }],
    ["a notification", { jsonrpc: "2.0", method: "tools/call", params }],
    ["an old JSON-RPC", { ...call, jsonrpc: "1.0" }],
    ["an id that is a fraction", { ...call, id: 1.5 }],
    ["params that are a list", { ...call, params: [] }],
    ["params that are a text", { ...call, params: "x" }],
    ["an unknown field", { ...call, more: 1 }],
    ["a task", { ...call, params: { ...params, task: {} } }],
    ["a progress token that is an object", { ...call, params: { ...params, _meta: { progressToken: {} } } }],
    ["_meta that is a text", { ...call, params: { ...params, _meta: "x" } }],
    ["fields of the protocol in _meta", { ...call, params: { ...params, _meta: { "io.modelcontextprotocol/x": 1 } } }],
    ["a list", [call]],
    ["null", null]
  ])("leaves %s to the SDK", (_, message) => {
    assert.isUndefined(toolCallOf(message))
  })
})
