import type { Readable, Writable } from "node:stream"
import type { Transport } from "@modelcontextprotocol/sdk/shared/transport.js"
import { type JSONRPCMessage, JSONRPCMessageSchema, type RequestId } from "@modelcontextprotocol/sdk/types.js"

/** Longest line taken, in bytes: room for a plan of 10,000 steps with every string at its bound. */
const maxLine = 64 * 1024 * 1024

const parseError = -32700
const invalidRequest = -32600

export interface StdioTransport extends Transport {
  /** Resolves when the client has gone: end of input, or nobody reads the output any more. */
  readonly gone: Promise<void>
  /** Stops reading, and resolves when every request that was read has its answer. */
  readonly settle: () => Promise<void>
}

/**
 * MCP over newline-delimited JSON. Unlike the SDK's own it notices the end of input and a broken output, answers lines that are
 * not JSON-RPC instead of dropping them, and lives on after a line that is too long.
 */
export const make = (input: Readable, output: Writable): StdioTransport => {
  const unanswered = new Set<RequestId>()
  let pieces: Array<Buffer> = []
  let length = 0
  let isReading = true
  let markGone: () => void = () => {}
  const gone = new Promise<void>((resolve) => {
    markGone = resolve
  })
  let whenSettled: (() => void) | undefined

  /** Messages that wait for the reader to take earlier ones. */
  const waiting: Array<() => void> = []
  const releaseWaiting = () => {
    for (const release of waiting.splice(0)) release()
  }

  const answered = (id: RequestId | undefined) => {
    if (id !== undefined) unanswered.delete(id)
    if (unanswered.size === 0) whenSettled?.()
  }

  const write = (message: object): Promise<void> =>
    new Promise((resolve) => {
      if (output.destroyed || output.write(`${JSON.stringify(message)}\n`)) resolve()
      else waiting.push(resolve)
    })

  const refuse = (id: RequestId | null, code: number, message: string) =>
    void write({ jsonrpc: "2.0", id, error: { code, message } })

  const take = (line: string) => {
    if (line.trim() === "") return
    let value: unknown
    try {
      value = JSON.parse(line)
    } catch {
      return refuse(null, parseError, "Parse error: this line is not JSON; send one JSON-RPC message a line")
    }
    const message = JSONRPCMessageSchema.safeParse(value)
    if (!message.success) {
      const id = typeof value === "object" && value !== null && "id" in value ? value.id : null
      const isId = typeof id === "string" || Number.isInteger(id)
      return refuse(
        isId ? (id as RequestId) : null,
        invalidRequest,
        "Invalid request: not a JSON-RPC 2.0 message as MCP has them"
      )
    }
    if ("method" in message.data) {
      if ("id" in message.data) unanswered.add(message.data.id)
      else if (message.data.method === "notifications/cancelled") {
        answered(message.data.params?.requestId as RequestId | undefined)
      }
    }
    transport.onmessage?.(message.data)
  }

  /** Lines are cut as bytes: a character may be split between two chunks. */
  const onData = (chunk: Buffer) => {
    let rest = chunk
    for (let end = rest.indexOf(10); isReading && end >= 0; end = rest.indexOf(10)) {
      length += end
      const line = length > maxLine ? undefined : Buffer.concat([...pieces, rest.subarray(0, end)]).toString("utf8")
      pieces = []
      length = 0
      rest = rest.subarray(end + 1)
      if (line === undefined) refuse(null, invalidRequest, `Invalid request: a line may have at most ${maxLine} bytes`)
      else take(line)
    }
    length += rest.length
    if (length > maxLine) pieces = []
    else if (rest.length > 0) pieces.push(rest)
  }

  const stopReading = () => {
    isReading = false
    input.off("data", onData)
    input.pause()
  }

  const transport: StdioTransport = {
    gone,
    start: async () => {
      input.on("data", onData)
      input.once("end", markGone)
      input.once("close", markGone)
      input.on("error", markGone)
      output.on("drain", releaseWaiting)
      output.once("close", releaseWaiting)
      output.on("error", () => {
        unanswered.clear()
        answered(undefined)
        releaseWaiting()
        markGone()
      })
    },
    send: async (message: JSONRPCMessage) => {
      await write(message)
      if (!("method" in message)) answered(message.id)
    },
    settle: () => {
      stopReading()
      return new Promise((resolve) => {
        whenSettled = resolve
        answered(undefined)
      })
    },
    close: async () => {
      stopReading()
      transport.onclose?.()
    }
  }
  return transport
}
