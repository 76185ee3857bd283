import { type ChildProcess, spawn } from "node:child_process"
import { once } from "node:events"
import { createInterface } from "node:readline"
import { fileURLToPath } from "node:url"
import { Client } from "@modelcontextprotocol/sdk/client/index.js"
import { StdioClientTransport } from "@modelcontextprotocol/sdk/client/stdio.js"
import { afterAll } from "vitest"

/** The built server. `npm test` builds it first. */
export const bin = fileURLToPath(new URL("../../dist/hq.cjs", import.meta.url))

const environment = (db: string, more: Record<string, string> = {}): Record<string, string> => ({
  PATH: process.env.PATH ?? "",
  HOME: process.env.HOME ?? "",
  AGENT_DB_PATH: db,
  HQ_LOG_LEVEL: "warning",
  ...more
})

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

export interface Server {
  readonly client: Client
  readonly pid: number
  readonly call: (tool: string, input?: object) => Promise<Answer>
  /** Closes the client's end, and waits for the process to end. */
  readonly close: () => Promise<void>
}

const open: Array<() => Promise<void>> = []

afterAll(async () => {
  await Promise.allSettled(open.splice(0).map((close) => close()))
})

/** A real server process with a real MCP client, ended after the tests of the file at the latest. */
export const startServer = async (db: string, env: Record<string, string> = {}): Promise<Server> => {
  const transport = new StdioClientTransport({ command: process.execPath, args: [bin], env: environment(db, env) })
  const client = new Client({ name: "test", version: "1" })
  await client.connect(transport)
  const pid = transport.pid as number
  open.push(() => client.close())
  return {
    client,
    pid,
    call: async (name, input = {}) => {
      const result = await client.callTool({ name, arguments: input as Record<string, unknown> })
      const [content] = result.content as ReadonlyArray<{ text: string }>
      const text = content?.text ?? ""
      const isError = result.isError === true
      return { isError, text, value: isError ? undefined : JSON.parse(text), structured: result.structuredContent }
    },
    close: () => client.close()
  }
}

export interface RawServer {
  readonly child: ChildProcess
  readonly write: (text: string) => void
  /** The next line of standard output, parsed as JSON. */
  // biome-ignore lint/suspicious/noExplicitAny: tests look at any field.
  readonly next: () => Promise<any>
  readonly stderr: () => string
  /** Every byte of standard output so far. */
  readonly stdout: () => string
  /** Resolves with the exit code (null where a signal ended it) and how long that took from the call, in milliseconds. */
  readonly exit: () => Promise<{ readonly code: number | null; readonly ms: number }>
}

/** A real server process without a client: the test writes and reads the lines itself. */
export const startRaw = (db: string, env: Record<string, string> = {}, args: ReadonlyArray<string> = []): RawServer => {
  const child = spawn(process.execPath, [bin, ...args], { env: environment(db, env), stdio: "pipe" })
  open.push(async () => {
    child.kill("SIGKILL")
  })
  let stderr = ""
  let stdout = ""
  child.stderr.on("data", (chunk) => {
    stderr += chunk
  })
  child.stdout.on("data", (chunk) => {
    stdout += chunk
  })
  child.stdin.on("error", () => {})
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]()
  const exited = once(child, "exit")
  return {
    child,
    write: (text) => void child.stdin.write(text),
    next: async () => JSON.parse((await lines.next()).value as string),
    stderr: () => stderr,
    stdout: () => stdout,
    exit: async () => {
      const since = performance.now()
      const [code] = (await exited) as [number | null]
      return { code, ms: performance.now() - since }
    }
  }
}

/** The lines with which a client opens a session. */
export const handshake = `${[
  {
    jsonrpc: "2.0",
    id: "init",
    method: "initialize",
    params: { protocolVersion: "2025-11-25", capabilities: {}, clientInfo: { name: "raw", version: "1" } }
  },
  { jsonrpc: "2.0", method: "notifications/initialized" }
]
  .map((message) => JSON.stringify(message))
  .join("\n")}\n`
