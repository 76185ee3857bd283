import { PassThrough } from "node:stream"
import { setImmediate as turn } from "node:timers/promises"
import type { JSONRPCMessage } from "@modelcontextprotocol/sdk/types.js"
import { assert, describe, it } from "vitest"
import * as StdioTransport from "../../../src/mcp/server/StdioTransport.ts"

/** Longest line taken, in bytes. */
const bound = 16 * 1024 * 1024

/** A started transport on streams in memory: what it took from its input, and what it wrote. */
const started = async (output = new PassThrough()) => {
  const input = new PassThrough()
  const transport = StdioTransport.make(input, output)
  const taken: Array<JSONRPCMessage> = []
  transport.onmessage = (message) => void taken.push(message)
  await transport.start()
  const send = async (...chunks: ReadonlyArray<string | Uint8Array>) => {
    for (const chunk of chunks) {
      input.write(chunk)
      await turn()
    }
  }
  const written = (): ReadonlyArray<unknown> =>
    String(output.read() ?? "")
      .split("\n")
      .slice(0, -1)
      .map((line) => JSON.parse(line))
  return { transport, input, output, taken, send, written }
}

const request = (id: string | number, text = "") =>
  ({ jsonrpc: "2.0", id, method: "tools/call", params: { text } }) as const

const line = (message: unknown) => `${JSON.stringify(message)}\n`

/** Whether a promise is kept by now, without waiting for it. */
const isKept = async (promise: Promise<unknown>): Promise<boolean> => {
  let kept = false
  void promise.then(() => {
    kept = true
  })
  await turn()
  return kept
}

describe("reading", () => {
  const message = request(1, "größer 漢字 🦊")
  const bytes = Buffer.from(line(message))

  it("takes lines however they are cut into chunks, also inside a character", async () => {
    const { send, taken } = await started()
    for (let at = 1; at < bytes.length; at++) await send(bytes.subarray(0, at), bytes.subarray(at))
    await send(...Array.from(bytes, (byte) => Uint8Array.of(byte)))
    assert.lengthOf(taken, bytes.length)
    for (const each of taken) assert.deepStrictEqual(each, message)
  })

  it.each([
    ["several messages in one chunk", line(request(1)) + line(request(2)) + line(request(3)), [1, 2, 3]],
    ["the start of the next message in the same chunk", line(request(1)) + line(request(2)).slice(0, 10), [1]],
    ["lines that end in CRLF", line(request(1)).replace("\n", "\r\n") + line(request(2)).replace("\n", "\r\n"), [1, 2]],
    ["blank lines", `\n\r\n  \n${line(request(1))}\n\n`, [1]]
  ])("%s", async (_, text, ids) => {
    const { send, taken, written } = await started()
    await send(text)
    assert.deepStrictEqual(
      taken.map((each) => "id" in each && each.id),
      ids
    )
    assert.deepStrictEqual(written(), [])
  })

  it.each([
    ["garbage", "hello there", null, -32700],
    ["a message cut short", line(request(1)).slice(0, -5), null, -32700],
    ["no JSON-RPC, with an id", '{"id":7,"method":"tools/list"}', 7, -32600],
    ["no JSON-RPC, with a text as id", '{"id":"a","jsonrpc":"1.0","method":"tools/list"}', "a", -32600],
    ["no method", '{"jsonrpc":"2.0","id":7}', 7, -32600],
    ["params that are a list", '{"jsonrpc":"2.0","id":7,"method":"tools/list","params":[]}', 7, -32600],
    ["an id that is a fraction", '{"jsonrpc":"2.0","id":1.5,"method":"tools/list"}', null, -32600],
    ["an id that is an object", '{"jsonrpc":"2.0","id":{},"method":"tools/list"}', null, -32600],
    ["an id that is null", '{"jsonrpc":"2.0","id":null,"method":"tools/list"}', null, -32600],
    ["a batch", `[${JSON.stringify(request(1))},${JSON.stringify(request(2))}]`, null, -32600],
    ["an empty batch", "[]", null, -32600],
    ["a number", "5", null, -32600],
    ["null", "null", null, -32600]
  ])("answers %s with an error, and goes on", async (_, text, id, code) => {
    const { send, taken, written } = await started()
    await send(`${text}\n${line(request(2))}`)
    const answers = written() as ReadonlyArray<{
      jsonrpc: string
      id: unknown
      error: { code: number; message: string }
    }>
    assert.lengthOf(answers, 1)
    assert.deepInclude(answers[0], { jsonrpc: "2.0", id })
    assert.strictEqual(answers[0]?.error.code, code)
    assert.isNotEmpty(answers[0]?.error.message)
    assert.deepStrictEqual(taken, [request(2)])
  })

  it("takes a line as long as the bound, refuses one byte more, and goes on", { timeout: 30_000 }, async () => {
    const { send, taken, written } = await started()
    const empty = Buffer.byteLength(JSON.stringify(request(1)))
    const chunk = Buffer.alloc(1024 * 1024, "x")
    const sendOfLength = async (length: number) => {
      const [head, tail] = line(request(1)).split('""') as [string, string]
      const filling = Math.floor((length - empty) / chunk.length)
      await send(`${head}"`, ...Array.from({ length: filling }, () => chunk))
      await send(chunk.subarray(0, (length - empty) % chunk.length), `"${tail}`)
    }
    await sendOfLength(bound)
    assert.lengthOf(taken, 1)
    await sendOfLength(bound + 1)
    await send(line(request(2)))
    assert.lengthOf(taken, 2)
    assert.deepStrictEqual(taken[1], request(2))
    assert.deepStrictEqual(written(), [
      {
        jsonrpc: "2.0",
        id: null,
        error: { code: -32600, message: `Invalid request: a line may have at most ${bound} bytes` }
      }
    ])
  })
})

describe("writing", () => {
  it("keeps a message on one line for readers that end lines at U+2028 or U+2029", async () => {
    const { output, transport } = await started()
    const message = request(1, "a\u2028b\u2029c")
    await transport.send(message)
    const text = String(output.read())
    assert.notMatch(text, /[\u2028\u2029]/)
    assert.deepStrictEqual(JSON.parse(text), message)
  })

  it("is one line a message", async () => {
    const { transport, written } = await started()
    const messages = [request(1, "a\nb\u2028c"), { jsonrpc: "2.0", id: 1, result: {} }] as const
    for (const message of messages) await transport.send(message)
    assert.deepStrictEqual(written(), messages)
  })

  it("waits for a reader that is slow, and leaves no listeners behind", async () => {
    const { transport, output } = await started()
    for (let id = 0; id < 20; id++) {
      const sent = transport.send(request(id, "x".repeat(100_000)))
      assert.isFalse(await isKept(sent), "kept before anybody read")
      output.read()
      await sent
    }
    for (const event of ["drain", "close"]) assert.isAtMost(output.listenerCount(event), 1, event)
  })

  it("holds many answers for a slow reader without more listeners than Node takes for a leak", async () => {
    const { transport, output } = await started()
    const sent = Array.from({ length: 20 }, (_, id) => transport.send(request(id, "x".repeat(20_000))))
    for (const event of ["drain", "close"]) assert.isAtMost(output.listenerCount(event), 10, event)
    output.resume()
    await Promise.all(sent)
  })

  it("does not wait for a reader that is gone", async () => {
    const { transport, output } = await started()
    const sent = transport.send(request(1, "x".repeat(100_000)))
    output.destroy()
    await sent
    await transport.send(request(2))
    assert.isTrue(output.destroyed)
  })
})

describe("a reader that does not read", () => {
  /** A transport whose output is full. */
  const blocked = async () => {
    const opened = await started()
    const sent = opened.transport.send(request(0, "x".repeat(100_000)))
    return { ...opened, sent }
  }

  it("stops the taking of messages until it reads again", async () => {
    const { output, send, sent, taken } = await blocked()
    await send(line(request(1)), line(request(2)))
    assert.isEmpty(taken)
    output.read()
    await sent
    assert.deepStrictEqual(taken, [request(1), request(2)])
  })

  it("stops the reading of input after little more", async () => {
    const { input, output, send, sent, taken } = await blocked()
    const count = 1000
    for (let id = 0; id < count; id++) await send(line(request(id, "x".repeat(1000))))
    assert.isTrue(input.isPaused())
    assert.isAbove(input.readableLength + input.writableLength, (count * 1000) / 2)
    output.resume()
    await sent
    while (taken.length < count) await turn()
    assert.deepStrictEqual(
      taken.map((message) => "id" in message && message.id),
      Array.from({ length: count }, (_, id) => id)
    )
  })

  it("stops it within one chunk of many messages, too", async () => {
    const { send, taken, transport } = await started()
    transport.onmessage = (message) => {
      taken.push(message)
      if (taken.length === 1) queueMicrotask(() => void transport.send(request(0, "x".repeat(100_000))))
    }
    await send(Array.from({ length: 1000 }, (_, id) => line(request(id))).join(""))
    await turn()
    assert.isBelow(taken.length, 100)
  })

  it("does not hide the end of input for longer than half a second", async () => {
    const { input, taken, transport } = await blocked()
    input.write(line(request(1)))
    input.end()
    const since = performance.now()
    await transport.gone
    assert.isBelow(performance.now() - since, 1000)
    assert.isEmpty(taken)
  })
})

describe("the client goes away", () => {
  it.each([
    ["end of input", (streams: { input: PassThrough }) => void streams.input.end()],
    ["input destroyed", (streams: { input: PassThrough }) => void streams.input.destroy()],
    ["error of the input", (streams: { input: PassThrough }) => void streams.input.destroy(new Error("EIO"))],
    ["broken output", (streams: { output: PassThrough }) => void streams.output.destroy(new Error("EPIPE"))]
  ])("%s", async (_, go) => {
    const { transport, input, output } = await started()
    assert.isFalse(await isKept(transport.gone))
    go({ input, output })
    await transport.gone
    await transport.settle()
    assert.isTrue(input.isPaused())
  })

  it("reads all that was sent before the end of input", async () => {
    const { input, taken, transport } = await started()
    for (const id of [1, 2, 3]) input.write(line(request(id)))
    input.end()
    await transport.gone
    assert.lengthOf(taken, 3)
  })

  it("takes a last line without a newline", async () => {
    const { input, taken, transport, written } = await started()
    input.write(line(request(1)) + line(request(2)).trimEnd())
    input.end()
    await transport.gone
    assert.deepStrictEqual(taken, [request(1), request(2)])
    assert.isEmpty(written())
  })

  it("says that a last line which is cut short is no message", async () => {
    const { input, transport, written } = await started()
    input.write(line(request(1)).slice(0, -5))
    input.end()
    await transport.gone
    assert.lengthOf(written(), 1)
  })
})

describe("settle", () => {
  const answer = (id: string | number) => ({ jsonrpc: "2.0", id, result: {} }) as const

  it("resolves at once where nothing was asked", async () => {
    const { transport } = await started()
    assert.isTrue(await isKept(transport.settle()))
  })

  it("waits for the answer of every request, and not for those of notifications", async () => {
    const { transport, send } = await started()
    await send(line(request(1)), line(request("b")), line({ jsonrpc: "2.0", method: "notifications/initialized" }))
    const settled = transport.settle()
    await transport.send(answer(1))
    await transport.send({ jsonrpc: "2.0", method: "notifications/progress" })
    assert.isFalse(await isKept(settled))
    await transport.send({ jsonrpc: "2.0", id: "b", error: { code: -32603, message: "internal error" } })
    await settled
  })

  it("does not wait for what the client has cancelled", async () => {
    const { transport, send } = await started()
    await send(line(request(1)), line({ jsonrpc: "2.0", method: "notifications/cancelled", params: { requestId: 1 } }))
    assert.isTrue(await isKept(transport.settle()))
  })

  it("reads nothing more", async () => {
    const { transport, send, taken } = await started()
    await transport.settle()
    await send(line(request(1)))
    assert.isEmpty(taken)
  })

  it("stops waiting when nobody reads the answers any more", async () => {
    const { transport, send, output } = await started()
    await send(line(request(1)))
    const settled = transport.settle()
    assert.isFalse(await isKept(settled))
    output.destroy(new Error("EPIPE"))
    await turn()
    assert.isTrue(await isKept(settled))
  })
})
