import { fileURLToPath } from "node:url"
import { Client } from "@modelcontextprotocol/sdk/client/index.js"
import { StdioClientTransport } from "@modelcontextprotocol/sdk/client/stdio.js"
import * as Data from "effect/Data"
import * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"
import { version } from "../src/domain/version.ts"

const bin = fileURLToPath(new URL("../dist/hq.cjs", import.meta.url))

/** Times are short, because a killed agent's step becomes ready only after 15 minutes by default. */
const environment = (db: string): Record<string, string> => ({
  AGENT_DB_PATH: db,
  HQ_STALE_AFTER: "3 seconds",
  HQ_SWEEP_EVERY: "1 seconds",
  HQ_HEARTBEAT_EVERY: "1 seconds",
  HQ_LOG_LEVEL: "error"
})

/** A tool call failed. `reason` is the tag of hq's error, or "Disconnected". */
export class CallFailed extends Data.TaggedError("CallFailed")<{
  readonly tool: string
  readonly reason: string
  readonly message: string
}> {}

/** One hq process and its MCP client. */
export interface Hq {
  readonly pid: number
  /** Calls a tool and returns its structured result. */
  readonly call: <Result>(tool: string, input: object) => Effect.Effect<Result, CallFailed>
}

const open = async (name: string, db: string) => {
  const transport = new StdioClientTransport({ command: process.execPath, args: [bin], env: environment(db) })
  const client = new Client({ name, version })
  await client.connect(transport)
  return { client, pid: transport.pid as number }
}

/** Starts an hq process for one agent, as MCP clients do. The process ends with the scope. */
export const connect = (name: string, db: string): Effect.Effect<Hq, CallFailed, Scope.Scope> =>
  Effect.acquireRelease(
    Effect.tryPromise({
      try: () => open(name, db),
      catch: (error) => new CallFailed({ tool: "initialize", reason: "Disconnected", message: String(error) })
    }),
    ({ client }) => Effect.promise(() => client.close())
  ).pipe(
    Effect.map(({ client, pid }) => ({
      pid,
      call: <Result>(tool: string, input: object) =>
        Effect.tryPromise({
          try: (signal) => client.callTool({ name: tool, arguments: { ...input } }, undefined, { signal }),
          catch: (error) => new CallFailed({ tool, reason: "Disconnected", message: String(error) })
        }).pipe(
          Effect.flatMap(({ isError, structuredContent }) => {
            if (isError !== true) return Effect.succeed(structuredContent as Result)
            const { error } = structuredContent as { error: { _tag: string; message: string } }
            return new CallFailed({ tool, reason: error._tag, message: error.message })
          })
        )
    }))
  )
