import type { Readable, Writable } from "node:stream"
import type { Transport } from "@modelcontextprotocol/sdk/shared/transport.js"
import { type JSONRPCMessage, JSONRPCMessageSchema, type RequestId } from "@modelcontextprotocol/sdk/types.js"

/** Maximum length of a line, in bytes. The longest plan that create_project takes fits (`limits`), unless its texts are escaped. */
const maxLine = 16 * 1024 * 1024

const parseError = -32700
const invalidRequest = -32600

export interface StdioTransport extends Transport {
  /** Resolves when the client disconnects: at the end of input, or if the output is closed. */
  readonly gone: Promise<void>
  /** Stops reading. Resolves when every request read so far is answered. */
  readonly settle: () => Promise<void>
}

/** Line ends for some readers, such as readline of Node 24. JSON takes them escaped as well. */
const lineSeparators = /[\u2028\u2029]/g

/** A message as one line, whatever its reader takes for a line's end. */
const lineOf = (message: object): string =>
  `${JSON.stringify(message).replace(lineSeparators, (end) => (end === "\u2028" ? "\\u2028" : "\\u2029"))}\n`

/**
 * Makes a transport of newline-delimited JSON. Unlike the SDK's, it notices the end of input and a broken output,
 * answers invalid lines instead of dropping them, and survives a line that is too long.
 */
export const make = (input: Readable, output: Writable): StdioTransport => {
  const unanswered = new Set<RequestId>()
  let chunks: Array<Buffer> = []
  let length = 0
  let isReading = true
  let markGone: () => void = () => {}
  const gone = new Promise<void>((resolve) => {
    markGone = resolve
  })
  let whenSettled: (() => void) | undefined

  /** Writes that wait until the output drains. */
  const blockedWrites: Array<() => void> = []
  const releaseWrites = () => {
    for (const release of blockedWrites.splice(0)) release()
  }

  const answered = (id: RequestId | undefined) => {
    if (id !== undefined) unanswered.delete(id)
    if (unanswered.size === 0) whenSettled?.()
  }

  const write = (message: object): Promise<void> =>
    new Promise((resolve) => {
      if (output.destroyed || output.write(lineOf(message))) resolve()
      else blockedWrites.push(resolve)
    })

  const refuse = (id: RequestId | null, code: number, message: string) =>
    void write({ jsonrpc: "2.0", id, error: { code, message } })

  const receive = (line: string) => {
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

  /** Splits lines as bytes, because a chunk may end within a character. */
  const onData = (chunk: Buffer) => {
    let rest = chunk
    for (let end = rest.indexOf(10); isReading && end >= 0; end = rest.indexOf(10)) {
      length += end
      const line = length > maxLine ? undefined : Buffer.concat([...chunks, rest.subarray(0, end)]).toString("utf8")
      chunks = []
      length = 0
      rest = rest.subarray(end + 1)
      if (line === undefined) refuse(null, invalidRequest, `Invalid request: a line may have at most ${maxLine} bytes`)
      else receive(line)
    }
    length += rest.length
    if (length > maxLine) chunks = []
    else if (rest.length > 0) chunks.push(rest)
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
      output.on("drain", releaseWrites)
      output.once("close", releaseWrites)
      output.on("error", () => {
        unanswered.clear()
        answered(undefined)
        releaseWrites()
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
