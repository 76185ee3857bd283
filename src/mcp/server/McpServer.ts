import { Server } from "@modelcontextprotocol/sdk/server/index.js"
import type { RequestHandlerExtra } from "@modelcontextprotocol/sdk/shared/protocol.js"
import type { JSONRPCRequest, ServerNotification, ServerRequest } from "@modelcontextprotocol/sdk/types.js"
import * as Cause from "effect/Cause"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Option from "effect/Option"
import * as Runtime from "effect/Runtime"
import type * as Scope from "effect/Scope"
import { version } from "../../domain/version.ts"
import type { Coordination } from "../../services/Coordination.ts"
import { Session } from "../../services/Session.ts"
import { instructions } from "../instructions.ts"
import type { Methods } from "../Method.ts"
import { internalError, invalidParams, methodNotFound, type ProtocolError } from "../ProtocolError.ts"
import { prompts } from "../prompts/methods.ts"
import { resources } from "../resources/methods.ts"
import * as Subscriptions from "../resources/subscriptions.ts"
import type { Tool } from "../Tool.ts"
import { toolboxes } from "../tools/toolbox.ts"
import { completion } from "./argumentCompletion.ts"
import { progressOf } from "./progress.ts"
import type { StdioTransport } from "./StdioTransport.ts"

/** Timeout for answering running requests after the client disconnects. */
const settleTimeout = "700 millis"

const capabilities = { tools: {}, resources: { subscribe: true, listChanged: true }, prompts: {}, completions: {} }

/**
 * Replaces the SDK's Ajv, which it would construct at every start. The SDK validates only elicited input, which hq
 * never requests.
 */
const noValidator = {
  getValidator: () => (input: unknown) => ({ valid: true as const, data: input as never, errorMessage: undefined })
}

const toolOf = (request: JSONRPCRequest, tools: ReadonlyMap<string, Tool>) => {
  const name = request.params?.name
  const tool = typeof name === "string" ? tools.get(name) : undefined
  if (tool === undefined) {
    throw invalidParams(`Unknown tool: ${String(name).slice(0, 200)}. Known tools: ${[...tools.keys()].join(", ")}`)
  }
  return tool
}

/**
 * Serves the tools to one client until it disconnects. Running requests then have 700 ms to be answered. If the client
 * cancels a request, its fiber is interrupted. Only this folder uses the SDK. See docs/architecture.md, "MCP".
 *
 * @param offered HQ_TOOLS: all tools, or only the ten of planning and of the working loop
 */
export const serve = (
  transport: StdioTransport,
  offered: keyof typeof toolboxes = "all"
): Effect.Effect<void, never, Coordination | Scope.Scope> =>
  Effect.gen(function* () {
    const tools = new Map(toolboxes[offered].map((tool) => [tool.name, tool]))
    const session = yield* Session
    const runtime = yield* Effect.runtime<Coordination>()
    const run = Runtime.runPromiseExit(runtime)
    const server = new Server(
      { name: "hq", title: "hq", version },
      { capabilities, instructions, jsonSchemaValidator: noValidator }
    )
    const log = Runtime.runFork(runtime)
    /** Ends waiting calls when the client disconnects or the server stops. */
    const gone = yield* Deferred.make<void>()
    server.onerror = (error) => log(Effect.logDebug(`protocol: ${error.message}`))

    const subscriptions = yield* Subscriptions.make((method, params) =>
      Effect.promise(() => server.notification({ method, params } as ServerNotification))
    )
    const methods = new Map(
      Object.entries<Methods[string]>({
        "tools/list": () => Effect.succeed({ tools: Array.from(tools.values(), (tool) => tool.describe()) }),
        ...resources(subscriptions),
        ...prompts,
        ...completion
      })
    )

    /** Runs a request. Throws its error for the client; logs defects. */
    const answer = async (
      what: string,
      effect: Effect.Effect<object, ProtocolError, Coordination>,
      signal: AbortSignal
    ): Promise<Record<string, unknown>> => {
      const exit = await run(effect, { signal })
      if (Exit.isSuccess(exit)) return { ...exit.value }
      const failure = Cause.failureOption(exit.cause)
      if (Option.isSome(failure)) throw failure.value
      if (!Cause.isInterruptedOnly(exit.cause)) log(Effect.logError(`${what} failed`, exit.cause))
      throw internalError()
    }

    // setRequestHandler would validate requests a second time, and return an unknown tool as a tool result.
    server.fallbackRequestHandler = async (
      request: JSONRPCRequest,
      extra: RequestHandlerExtra<ServerRequest, ServerNotification>
    ) => {
      const info = server.getClientVersion()
      if (info !== undefined && session.client() === undefined) session.introduce(info)
      const method = methods.get(request.method)
      if (method !== undefined) return answer(request.method, method(request.params), extra.signal)
      if (request.method !== "tools/call") throw methodNotFound(request.method)
      const tool = toolOf(request, tools)
      const withProgress = progressOf(request, extra.sendNotification)
      const client = { gone: Deferred.await(gone), hearsProgress: withProgress !== undefined }
      const call = tool.call(request.params?.arguments ?? {}, client)
      return answer(tool.name, withProgress?.(call) ?? call, extra.signal)
    }

    yield* Effect.acquireRelease(
      Effect.promise(() => server.connect(transport)),
      () =>
        Deferred.succeed(gone, undefined).pipe(
          Effect.zipRight(Effect.promise(() => transport.settle())),
          Effect.interruptible,
          Effect.timeoutOption(settleTimeout),
          Effect.zipRight(Effect.promise(() => server.close()))
        )
    )
    yield* Effect.promise(() => transport.gone)
    yield* subscriptions.end
  })
