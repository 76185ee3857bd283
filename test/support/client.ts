import { createInterface } from "node:readline"
import type { Readable, Writable } from "node:stream"
import { Client } from "@modelcontextprotocol/sdk/client/index.js"
// On a pair of streams one end of MCP's stdio transport is as good as the other.
import { StdioServerTransport as StreamsTransport } from "@modelcontextprotocol/sdk/server/stdio.js"

/** What a server answers to a request, or a message of its own. */
export interface Reply {
  readonly jsonrpc: "2.0"
  readonly id?: unknown
  // biome-ignore lint/suspicious/noExplicitAny: tests look at any field.
  readonly result?: any
  readonly error?: { readonly code: number; readonly message: string }
}

/** Answer of a tool call, taken apart. */
export interface Answer {
  readonly isError: boolean
  readonly text: string
  /** The JSON value of the text; undefined for an error. */
  // biome-ignore lint/suspicious/noExplicitAny: tests look at any field.
  readonly value: any
  // biome-ignore lint/suspicious/noExplicitAny: tests look at any field.
  readonly structured: any
}

export type CallTool = (tool: string, input?: object) => Promise<Answer>

export interface Session {
  /** Resolves when the server has answered the client's first message. */
  readonly ready: Promise<void>
  readonly call: CallTool
  readonly ask: (method: string, params?: unknown) => Promise<Reply>
  readonly ping: () => Promise<void>
  /** Writes text as it is. */
  readonly write: (text: string) => void
  /** The next message that answers no `ask` and no `call`. */
  readonly next: () => Promise<Reply>
  /** Writes text as it is, and takes the next message for its answer. */
  readonly say: (text: string) => Promise<Reply>
  /** The latest message, as the server wrote it. */
  readonly lastLine: () => string
}

/** The server ended before it answered: whether the call was done is not known. */
export class Unanswered extends Error {}

/** One JSON-RPC request, as a line. */
export const requestLine = (id: number | string, method: string, params?: unknown): string =>
  `${JSON.stringify({ jsonrpc: "2.0", id, method, params })}\n`

const greeting = (id: string) =>
  [
    requestLine(id, "initialize", {
      protocolVersion: "2025-11-25",
      capabilities: {},
      clientInfo: { name: "test", version: "1" }
    }),
    `${JSON.stringify({ jsonrpc: "2.0", method: "notifications/initialized" })}\n`
  ].join("")

/** The lines with which a client opens a session. */
export const handshake = greeting("init")

const answerOf = (result: Record<string, unknown>): Answer => {
  const [content] = result.content as ReadonlyArray<{ text: string }>
  const text = content?.text ?? ""
  const isError = result.isError === true
  return { isError, text, value: isError ? undefined : JSON.parse(text), structured: result.structuredContent }
}

interface Pending {
  readonly resolve: (reply: Reply) => void
  readonly reject: (error: Error) => void
}

/**
 * Speaks MCP to the server at the other end of the streams, line by line.
 *
 * @param over resolves with a reason when that server is gone; what is not answered by then is rejected with Unanswered
 * @param greets whether to open the session; else the test writes the first message
 */
export const speak = (output: Readable, input: Writable, over: Promise<string>, greets = true): Session => {
  const pending = new Map<unknown, Pending>()
  const unasked: Array<string> = []
  const listeners: Array<Pending> = []
  let ids = 0
  let lastLine = ""
  let gone: string | undefined
  const request = (id: string, text: string) =>
    new Promise<Reply>((resolve, reject) => {
      if (gone !== undefined) return reject(new Unanswered(gone))
      pending.set(id, { resolve, reject })
      input.write(text)
    })
  const ask = (method: string, params?: unknown) => {
    const id = `#${++ids}`
    return request(id, requestLine(id, method, params))
  }
  input.on("error", () => {})
  createInterface({ input: output }).on("line", (line) => {
    lastLine = line
    // What nobody waits for need not be a message, as the answer to --version.
    if (pending.size + listeners.length === 0) return void unasked.push(line)
    const message: Reply = JSON.parse(line)
    const asked = pending.get(message.id)
    pending.delete(message.id)
    const listener = asked ?? listeners.shift()
    if (listener === undefined) unasked.push(line)
    else listener.resolve(message)
  })
  over.then((reason) => {
    gone = reason
    for (const { reject } of [...pending.values(), ...listeners.splice(0)]) reject(new Unanswered(reason))
    pending.clear()
  })
  const must = async (reply: Promise<Reply>) => {
    const { error, result } = await reply
    if (error !== undefined) throw new Error(`protocol error: ${error.message}`)
    return result
  }
  const next = () =>
    new Promise<Reply>((resolve, reject) => {
      const line = unasked.shift()
      if (line !== undefined) resolve(JSON.parse(line))
      else if (gone === undefined) listeners.push({ resolve, reject })
      else reject(new Unanswered(gone))
    })
  const write = (text: string) => void input.write(text)
  const ready: Promise<void> = greets ? must(request("#0", greeting("#0"))) : Promise.resolve()
  // Nobody may be waiting for it when the server is killed while it starts.
  ready.catch(() => {})
  return {
    ready,
    ask,
    ping: async () => void (await must(ask("ping"))),
    call: async (name, args = {}) => answerOf(await must(ask("tools/call", { name, arguments: args }))),
    write,
    next,
    lastLine: () => lastLine,
    say: (text) => {
      write(text)
      return next()
    }
  }
}

/** The SDK's client of the server at the other end of the streams, which nobody has greeted yet. */
export const sdkClient = async (output: Readable, input: Writable): Promise<Client> => {
  const client = new Client({ name: "test", version: "1" })
  await client.connect(new StreamsTransport(output, input))
  return client
}

/** Calls tools by the SDK's client. */
export const callingBy =
  (client: Client): CallTool =>
  async (name, input = {}) =>
    answerOf(await client.callTool({ name, arguments: { ...input } }))
