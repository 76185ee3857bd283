import { once } from "node:events"
import { createInterface } from "node:readline"
import { PassThrough } from "node:stream"
import { Client } from "@modelcontextprotocol/sdk/client/index.js"
// On a pair of streams one end of MCP's stdio transport is as good as the other.
import { StdioServerTransport as StreamsTransport } from "@modelcontextprotocol/sdk/server/stdio.js"
import * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"
import type { Coordination } from "../../src/layers/Coordination.ts"
import * as McpServer from "../../src/mcp/server/McpServer.ts"
import * as StdioTransport from "../../src/mcp/server/StdioTransport.ts"
import { handshake } from "./server.ts"
import { requestLine } from "./session.ts"

/** hq's MCP server within this process, with the SDK's client on the other end of a pair of streams. Both end with the scope. */
export const connect: Effect.Effect<Client, unknown, Coordination | Scope.Scope> = Effect.gen(function* () {
  const toServer = new PassThrough()
  const toClient = new PassThrough()
  yield* Effect.forkScoped(McpServer.serve(StdioTransport.make(toServer, toClient)))
  return yield* Effect.acquireRelease(
    Effect.tryPromise(async () => {
      const client = new Client({ name: "test", version: "1" })
      await client.connect(new StreamsTransport(toClient, toServer))
      return client
    }),
    (client) =>
      Effect.promise(async () => {
        await client.close()
        toServer.end()
      })
  )
})

/** The same, spoken to line by line: a tool call gives the line that it is answered with. */
export const connectRaw: Effect.Effect<
  (tool: string, input: object) => Effect.Effect<string>,
  unknown,
  Coordination | Scope.Scope
> = Effect.gen(function* () {
  const toServer = new PassThrough()
  const toClient = new PassThrough()
  yield* Effect.forkScoped(McpServer.serve(StdioTransport.make(toServer, toClient)))
  yield* Effect.addFinalizer(() => Effect.sync(() => toServer.end()))
  const lines = createInterface(toClient)
  const say = (line: string) =>
    Effect.promise(async () => {
      toServer.write(line)
      const [answer] = await once(lines, "line")
      return answer as string
    })
  yield* say(handshake)
  return (name, input) => say(requestLine(1, "tools/call", { name, arguments: input }))
})
