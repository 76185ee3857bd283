import { Server } from "@modelcontextprotocol/sdk/server/index.js"
import type { RequestHandlerExtra } from "@modelcontextprotocol/sdk/shared/protocol.js"
import type {
  JSONRPCMessage,
  JSONRPCRequest,
  RequestId,
  ServerNotification,
  ServerRequest
} from "@modelcontextprotocol/sdk/types.js"
import * as Cause from "effect/Cause"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import type * as Fiber from "effect/Fiber"
import * as FiberId from "effect/FiberId"
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
import type { ToolCall } from "./toolCall.ts"

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

const toolOf = (request: JSONRPCRequest | ToolCall, tools: ReadonlyMap<string, Tool>): Tool | undefined => {
  const name = request.params?.name
  return typeof name === "string" ? tools.get(name) : undefined
}

const unknownTool = (request: JSONRPCRequest | ToolCall, tools: ReadonlyMap<string, Tool>) => {
  const name = String(request.params?.name).slice(0, 200)
  return invalidParams(`Unknown tool: ${name}. Known tools: ${[...tools.keys()].join(", ")}`)
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
    const fork = Runtime.runFork(runtime)
    /** Ends waiting calls when the client disconnects or the server stops. */
    const gone = yield* Deferred.make<void>()
    server.onerror = (error) => fork(Effect.logDebug(`protocol: ${error.message}`))

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

    /** Returns a result. Throws the error for the client; logs defects. */
    const resultOf = (what: string, exit: Exit.Exit<object, ProtocolError>): Record<string, unknown> => {
      if (Exit.isSuccess(exit)) return { ...exit.value }
      const failure = Cause.failureOption(exit.cause)
      if (Option.isSome(failure)) throw failure.value
      if (!Cause.isInterruptedOnly(exit.cause)) fork(Effect.logError(`${what} failed`, exit.cause))
      throw internalError()
    }

    type Send = (notification: ServerNotification) => Promise<void>

    const callOf = (request: JSONRPCRequest | ToolCall, tool: Tool, send: Send) => {
      const withProgress = progressOf(request, send)
      const client = { gone: Deferred.await(gone), hearsProgress: withProgress !== undefined }
      const call = tool.call(request.params?.arguments ?? {}, client)
      return withProgress?.(call) ?? call
    }

    // setRequestHandler would validate requests a second time, and return an unknown tool as a tool result.
    server.fallbackRequestHandler = async (
      request: JSONRPCRequest,
      extra: RequestHandlerExtra<ServerRequest, ServerNotification>
    ) => {
      const info = server.getClientVersion()
      if (info !== undefined && session.client() === undefined) session.introduce(info)
      const method = methods.get(request.method)
      if (method !== undefined) {
        return resultOf(request.method, await run(method(request.params), { signal: extra.signal }))
      }
      if (request.method !== "tools/call") throw methodNotFound(request.method)
      const tool = toolOf(request, tools)
      if (tool === undefined) throw unknownTool(request, tools)
      return resultOf(tool.name, await run(callOf(request, tool, extra.sendNotification), { signal: extra.signal }))
    }

    /** The calls at work that the SDK does not know of. */
    const calls = new Map<RequestId, { readonly fiber: Fiber.RuntimeFiber<unknown>; isCancelled: boolean }>()
    const cancel = (id: RequestId) => {
      const call = calls.get(id)
      if (call === undefined) return
      call.isCancelled = true
      call.fiber.unsafeInterruptAsFork(FiberId.none)
    }

    const refuse = (id: RequestId, { code, message }: ProtocolError) =>
      void transport.send({ jsonrpc: "2.0", id, error: { code, message } })

    /** Answers a tool call without the SDK, which takes several times as long as most calls. */
    const answer = (request: ToolCall) => {
      const { id } = request
      const send: Send = (notification) => transport.send({ jsonrpc: "2.0", ...notification } as JSONRPCMessage)
      const tool = toolOf(request, tools)
      if (tool === undefined) return refuse(id, unknownTool(request, tools))
      const fiber = fork(callOf(request, tool, send))
      const call = { fiber, isCancelled: false }
      calls.set(id, call)
      fiber.addObserver((exit) => {
        // A client may use an id twice.
        if (calls.get(id) === call) calls.delete(id)
        if (call.isCancelled) return
        try {
          void transport.send({ jsonrpc: "2.0", id, result: resultOf(tool.name, exit) })
        } catch (error) {
          refuse(id, error as ProtocolError)
        }
      })
    }

    transport.oncancel = cancel
    transport.oncall = (request) => {
      const info = server.getClientVersion()
      // The answer to initialize comes first.
      if (info === undefined) return false
      session.introduce(info)
      answer(request)
      return true
    }

    yield* Effect.acquireRelease(
      Effect.promise(() => server.connect(transport)),
      () =>
        Deferred.succeed(gone, undefined).pipe(
          Effect.zipRight(Effect.promise(() => transport.settle())),
          Effect.interruptible,
          Effect.timeoutOption(settleTimeout),
          Effect.zipRight(Effect.sync(() => [...calls.keys()].forEach(cancel))),
          Effect.zipRight(Effect.promise(() => server.close()))
        )
    )
    yield* Effect.promise(() => transport.gone)
    yield* subscriptions.end
  })
