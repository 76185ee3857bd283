import type { Client } from "@modelcontextprotocol/sdk/client/index.js"
import { atEnd } from "./cleanup.ts"
import { callingBy, sdkClient } from "./client.ts"
import { type ServerProcess, type Start, spawnServer } from "./server.ts"

const spawnOn = (db: string, env: Record<string, string | undefined>, start?: Start) => {
  const server = spawnServer({ AGENT_DB_PATH: db, HQ_LOG_LEVEL: "warning", ...env }, start)
  atEnd(() => {
    server.signal("SIGKILL")
    return server.ended
  })
  return server
}

/** A server process on the database, which is killed after the tests of the file at the latest. Its session is open. */
export const startServer = async (
  db: string,
  env: Record<string, string | undefined> = {},
  start: Start = {}
): Promise<ServerProcess> => {
  const server = spawnOn(db, env, start)
  await server.ready
  return server
}

/** The same, not greeted yet: the test writes the first message, or none. */
export const startSilent = (db: string, env: Record<string, string | undefined> = {}, start: Start = {}) =>
  spawnOn(db, env, { ...start, greets: false })

/** The same, with the SDK's client, which also makes its calls. */
export const startClient = async (db: string): Promise<ServerProcess & { readonly client: Client }> => {
  const server = spawnOn(db, {}, { greets: false })
  const client = await sdkClient(server.child.stdout, server.child.stdin)
  return { ...server, client, call: callingBy(client) }
}

/** Ends the server's input, and waits for its end. */
export const close = (server: ServerProcess) => {
  server.endInput()
  return server.ended
}
