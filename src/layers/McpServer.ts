import { Server } from "@modelcontextprotocol/sdk/server/index.js"
import type { RequestHandlerExtra } from "@modelcontextprotocol/sdk/shared/protocol.js"
import type { JSONRPCRequest, ServerNotification, ServerRequest } from "@modelcontextprotocol/sdk/types.js"
import * as Cause from "effect/Cause"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Runtime from "effect/Runtime"
import type * as Scope from "effect/Scope"
import { instructions } from "../mcp/instructions.ts"
import { progressOf } from "../mcp/progress.ts"
import type { StdioTransport } from "../mcp/StdioTransport.ts"
import { toolbox } from "../mcp/toolbox.ts"
import { version } from "../version.ts"
import type { Coordination } from "./Coordination.ts"

/** How long the answers of requests at work are waited for when the client goes away. */
const settleFor = "700 millis"

/** An error of the protocol itself; `code` is what the SDK sends. */
class ProtocolError extends Error {
  readonly code: number
  constructor(code: number, message: string) {
    super(message)
    this.code = code
  }
}

const methodNotFound = (method: string) => new ProtocolError(-32601, `Method not found: ${method}`)
const invalidParams = (message: string) => new ProtocolError(-32602, message)
const internalError = () => new ProtocolError(-32603, "internal error")

const tools = new Map(toolbox.map((tool) => [tool.name, tool]))

/** Checked here and not by the SDK: a client that cannot be answered with structured output does not exist for hq. */
const noValidator = {
  getValidator: () => (input: unknown) => ({ valid: true as const, data: input as never, errorMessage: undefined })
}

const toolOf = (request: JSONRPCRequest) => {
  const name = request.params?.name
  const tool = typeof name === "string" ? tools.get(name) : undefined
  if (tool === undefined) {
    throw invalidParams(`Unknown tool: ${String(name).slice(0, 200)}. Known tools: ${[...tools.keys()].join(", ")}`)
  }
  return tool
}

/**
 * Serves hq's tools to one client until it goes away; then its requests at work get a second to be answered.
 * A client's cancellation interrupts the fiber of the request. This file and StdioTransport are all that knows the SDK.
 */
export const serve = (transport: StdioTransport): Effect.Effect<void, never, Coordination | Scope.Scope> =>
  Effect.gen(function* () {
    const runtime = yield* Effect.runtime<Coordination>()
    const run = Runtime.runPromiseExit(runtime)
    const server = new Server(
      { name: "hq", title: "hq", version },
      { capabilities: { tools: {} }, instructions, jsonSchemaValidator: noValidator }
    )
    const log = Runtime.runFork(runtime)
    /** Calls that wait do so no longer: the client has gone, or the server is being stopped. */
    const gone = yield* Deferred.make<void>()
    server.onerror = (error) => log(Effect.logDebug(`protocol: ${error.message}`))

    // Not setRequestHandler: its own schemas would be checked a second time, and an unknown tool answered as the SDK likes.
    server.fallbackRequestHandler = async (
      request: JSONRPCRequest,
      extra: RequestHandlerExtra<ServerRequest, ServerNotification>
    ) => {
      if (request.method === "tools/list") return { tools: toolbox.map((tool) => tool.describe()) }
      if (request.method !== "tools/call") throw methodNotFound(request.method)
      const tool = toolOf(request)
      const input = request.params?.arguments ?? {}
      const told = progressOf(request, extra.sendNotification)
      const call = tool.call(input, { gone: Deferred.await(gone), hearsProgress: told !== undefined })
      const exit = await run(told?.(call) ?? call, { signal: extra.signal })
      if (Exit.isSuccess(exit)) return exit.value
      if (!Cause.isInterruptedOnly(exit.cause)) log(Effect.logError(`${tool.name} failed`, exit.cause))
      throw internalError()
    }

    yield* Effect.acquireRelease(
      Effect.promise(() => server.connect(transport)),
      () =>
        Deferred.succeed(gone, undefined).pipe(
          Effect.zipRight(Effect.promise(() => transport.settle())),
          Effect.interruptible,
          Effect.timeoutOption(settleFor),
          Effect.zipRight(Effect.promise(() => server.close()))
        )
    )
    yield* Effect.promise(() => transport.gone)
  })
