import type { Readable, Writable } from "node:stream"
import type { Transport } from "@modelcontextprotocol/sdk/shared/transport.js"
import { type JSONRPCMessage, JSONRPCMessageSchema, type RequestId } from "@modelcontextprotocol/sdk/types.js"
import * as Lines from "./lines.ts"
import { type ToolCall, toolCallOf } from "./toolCall.ts"

/** Maximum length of a line, in bytes. The longest plan that create_project takes fits (`limits`), unless its texts are escaped. */
const maxLine = 16 * 1024 * 1024

/** Messages taken in one go. Most answers are written before the next go, which waits if nobody reads them. */
const maxBurst = 32

/**
 * Bytes of input read ahead while the output is blocked. The end of input is noticed only behind what was sent before, so
 * a little is read all the same.
 */
const maxBacklog = 256 * 1024

/** Milliseconds after the end of input in which a blocked output may take the rest. */
const lastGrace = 500

const parseError = -32700
const invalidRequest = -32600

export interface StdioTransport extends Transport {
  /** Resolves when the client disconnects: when all input is taken, 500 ms after its end, or if the output is closed. */
  readonly gone: Promise<void>
  /** Stops reading. Resolves when every request read so far is answered. */
  readonly settle: () => Promise<void>
  /** Takes a tool call. Returns false to leave it to `onmessage`. */
  oncall?: (call: ToolCall) => boolean
  /** Told of every request that the client cancels. */
  oncancel?: (id: RequestId) => void
}

/** Line ends for some readers, such as readline of Node 24. JSON takes them escaped as well. */
const lineSeparators = /[\u2028\u2029]/g

/** A message as one line, whatever its reader takes for a line's end. */
const lineOf = (message: object): string =>
  `${JSON.stringify(message).replace(lineSeparators, (end) => (end === "\u2028" ? "\\u2028" : "\\u2029"))}\n`

/**
 * Makes a transport of newline-delimited JSON. Unlike the SDK's, it notices the end of input and a broken output,
 * answers invalid lines instead of dropping them, and survives a line that is too long. It takes no message while the
 * output is blocked, because answers that nobody reads would fill the memory.
 */
export const make = (input: Readable, output: Writable): StdioTransport => {
  const unanswered = new Set<RequestId>()
  const lines = Lines.make(maxLine)
  let isReading = true
  let isEnded = false
  let nextBurst: NodeJS.Immediate | undefined
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
    const call = toolCallOf(value)
    if (call !== undefined && transport.oncall !== undefined) {
      unanswered.add(call.id)
      if (transport.oncall(call)) return
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
        const id = message.data.params?.requestId as RequestId | undefined
        if (id !== undefined) transport.oncancel?.(id)
        answered(id)
      }
    }
    transport.onmessage?.(message.data)
  }

  const isBlocked = () => output.writableNeedDrain && !output.destroyed

  /** Takes the lines that have come, as long as the output is not blocked. */
  const work = () => {
    if (nextBurst !== undefined) return
    for (let taken = 0; isReading && !isBlocked(); taken++) {
      if (taken === maxBurst) {
        nextBurst = setImmediate(() => {
          nextBurst = undefined
          work()
        })
        break
      }
      const line = lines.next()
      if (line === undefined) {
        if (isEnded) markGone()
        break
      }
      if (line === Lines.tooLong) {
        refuse(null, invalidRequest, `Invalid request: a line may have at most ${maxLine} bytes`)
      } else receive(line)
    }
    if (isReading && input.isPaused() && lines.backlog() <= maxBacklog) input.resume()
  }

  const onData = (chunk: Buffer) => {
    lines.add(chunk)
    work()
    if (lines.backlog() > maxBacklog) input.pause()
  }

  const onEnd = () => {
    if (isEnded) return
    isEnded = true
    work()
    setTimeout(markGone, lastGrace).unref()
  }

  const stopReading = () => {
    isReading = false
    clearImmediate(nextBurst)
    input.off("data", onData)
    input.pause()
  }

  const transport: StdioTransport = {
    gone,
    start: async () => {
      input.on("data", onData)
      input.once("end", () => {
        lines.end()
        onEnd()
      })
      input.once("close", onEnd)
      input.on("error", onEnd)
      output.on("drain", () => {
        releaseWrites()
        work()
      })
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
