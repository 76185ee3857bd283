import { PassThrough } from "node:stream"
import type { Client } from "@modelcontextprotocol/sdk/client/index.js"
import * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"
import type { Coordination } from "../../src/layers/Coordination.ts"
import * as McpServer from "../../src/mcp/server/McpServer.ts"
import * as StdioTransport from "../../src/mcp/server/StdioTransport.ts"
import { type Session, sdkClient, speak } from "./client.ts"

/** hq's MCP server within this process: the streams of its clients' end. It ends with the scope. */
const serve = Effect.gen(function* () {
  const toServer = new PassThrough()
  const toClient = new PassThrough()
  yield* Effect.forkScoped(McpServer.serve(StdioTransport.make(toServer, toClient)))
  yield* Effect.addFinalizer(() => Effect.sync(() => toServer.end()))
  return { toServer, toClient }
})

/** The SDK's client of a server within this process. Both end with the scope. */
export const connect: Effect.Effect<Client, unknown, Coordination | Scope.Scope> = Effect.flatMap(
  serve,
  ({ toClient, toServer }) =>
    Effect.acquireRelease(
      Effect.tryPromise(() => sdkClient(toClient, toServer)),
      (client) => Effect.promise(() => client.close())
    )
)

/** A session with a server within this process, as one with a process is. */
export const connectSession: Effect.Effect<Session, unknown, Coordination | Scope.Scope> = Effect.map(
  serve,
  ({ toClient, toServer }) => speak(toClient, toServer, new Promise(() => {}))
)
