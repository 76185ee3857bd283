import { assert } from "vitest"
import { handshake, type RawServer, startRaw } from "./server.ts"

/** What stands in a line of standard output that answers a request. */
export interface Reply {
  readonly jsonrpc: "2.0"
  readonly id: unknown
  // biome-ignore lint/suspicious/noExplicitAny: tests look at any field.
  readonly result?: any
  readonly error?: { readonly code: number; readonly message: string }
}

export interface Session extends RawServer {
  /** Writes a line as it is, and takes the next line of the server for its answer. */
  readonly say: (line: string) => Promise<Reply>
  readonly ask: (method: string, params?: unknown) => Promise<Reply>
  readonly call: (tool: string, input?: unknown) => Promise<Reply>
}

/** One JSON-RPC request, as a line. */
export const requestLine = (id: number | string, method: string, params?: unknown): string =>
  `${JSON.stringify({ jsonrpc: "2.0", id, method, params })}\n`

/** A real server process with an open session, spoken to line by line. */
export const startSession = async (db: string, env: Record<string, string> = {}): Promise<Session> => {
  const server = startRaw(db, env)
  let id = 0
  const say = (line: string): Promise<Reply> => {
    server.write(line)
    return server.next().catch((error) => assert.fail(`no answer (${error}); stderr: ${server.stderr()}`))
  }
  const ask = (method: string, params?: unknown) => say(requestLine(++id, method, params))
  await say(handshake)
  return { ...server, say, ask, call: (name, input) => ask("tools/call", { name, arguments: input }) }
}
