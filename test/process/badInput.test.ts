import { assert, beforeAll, describe, it } from "vitest"
import { dump } from "../support/database.ts"
import { malformed } from "../support/malformed.ts"
import type { ServerProcess } from "../support/server.ts"
import { tempDatabase } from "../support/temp.ts"
import { close, startServer } from "../support/testServer.ts"

/** What an answer must never show: how hq is made, or where it lies. */
const insides = /\n\s+at |\bSELECT\b|\bINSERT\b|\bUPDATE\b|sqlite|node_modules|hq\.mjs|file:\/\/|hq-test-/i

/** An answer is read by a model: more than this only costs tokens. */
const longestAnswer = 64 * 1024

describe("malformed calls", () => {
  const db = tempDatabase()
  let server: ServerProcess
  let before: ReturnType<typeof dump>

  beforeAll(async () => {
    server = await startServer(db, { HQ_SWEEP_EVERY: "0", HQ_HEARTBEAT_EVERY: "0" })
    const steps = [1, 2].map((step_num) => ({ step_num, branch: `b${step_num}`, scope: "api" }))
    await server.call("create_project", { name: "p", base_commit: "abc", steps })
    // By another process: any call of a holder's own renews its lease.
    const holder = await startServer(db)
    await holder.call("claim_step", { project: "p", agent_id: "a" })
    await holder.call("start_step", { step_id: 1 })
    await close(holder)
    before = dump(db)
  })

  /** Of every malformed call: nothing was changed, nothing was logged, and the next call is answered. */
  const nothingHappened = async () => {
    assert.deepStrictEqual(dump(db), before)
    assert.strictEqual(server.stderr(), "")
    assert.strictEqual((await server.call("get_step", { step_id: 1 })).value.status, "in_progress")
  }

  it.each(
    malformed.map(
      ([tool, input, named, title]) => [tool, title ?? JSON.stringify(input).slice(0, 80), named, input] as const
    )
  )("%s %s: refused, naming %s", async (tool, _, named, input) => {
    const reply = await server.ask("tools/call", { name: tool, arguments: input })
    assert.isTrue(reply.result?.isError, JSON.stringify(reply).slice(0, 500))
    const { content, structuredContent } = reply.result
    assert.strictEqual(structuredContent.error._tag, "InvalidInput")
    assert.isAbove(structuredContent.error.faults.length, 0)
    assert.include(content[0].text, named)
    assert.notMatch(JSON.stringify(reply), insides)
    assert.isBelow(JSON.stringify(reply).length, longestAnswer)
    await nothingHappened()
  })

  it.each([
    ["garbage", "garbage\n", -32700, "JSON"],
    ["half a message", '{"jsonrpc":"2.0","id":1,"method":"tools/li\n', -32700, "JSON"],
    ["bytes that are no text", "\u0000\u0001\ufffd\n", -32700, "JSON"],
    ["a list", "[]\n", -32600, "JSON-RPC"],
    ["a number", "5\n", -32600, "JSON-RPC"],
    ["an old JSON-RPC", '{"id":1,"method":"tools/list"}\n', -32600, "JSON-RPC"],
    ["params that are a text", '{"jsonrpc":"2.0","id":1,"method":"tools/call","params":"x"}\n', -32600, "JSON-RPC"],
    ["an unknown method", '{"jsonrpc":"2.0","id":1,"method":"tools/steal"}\n', -32601, "tools/steal"],
    ["a method without name", '{"jsonrpc":"2.0","id":1,"method":""}\n', -32601, "Method"],
    ["no tool", '{"jsonrpc":"2.0","id":1,"method":"tools/call"}\n', -32602, "tool"],
    ["a tool of number", '{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":5}}\n', -32602, "tool: 5"],
    ["an unknown tool", '{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"steal"}}\n', -32602, "steal"],
    [
      "a prototype",
      '{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"__proto__"}}\n',
      -32602,
      "__proto__"
    ]
  ])("%s is answered with an error of the protocol", async (_, line, code, named) => {
    const reply = await server.say(line)
    assert.strictEqual(reply.error?.code, code)
    assert.include(reply.error?.message, named)
    assert.notMatch(JSON.stringify(reply), insides)
    await nothingHappened()
  })

  it("lists nested 50,000 deep are refused as any other wrong value", async () => {
    const deep = "[".repeat(50_000) + "]".repeat(50_000)
    const params = `{"name":"get_step","arguments":{"step_id":${deep}}}`
    const { result, error } = await server.say(`{"jsonrpc":"2.0","id":1,"method":"tools/call","params":${params}}\n`)
    assert.isUndefined(error)
    assert.strictEqual(result.structuredContent.error._tag, "InvalidInput")
    assert.include(result.content[0].text, "step_id")
    await nothingHappened()
  })

  it("is a table of at least 60", () => {
    assert.isAbove(malformed.length, 60)
  })
})
