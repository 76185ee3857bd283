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
import type { Coordination } from "../../services/Coordination.ts"
import { version } from "../../version.ts"
import { completion } from "../completion.ts"
import { instructions } from "../instructions.ts"
import type { Methods } from "../Method.ts"
import { internalError, invalidParams, methodNotFound, type ProtocolError } from "../ProtocolError.ts"
import { prompts } from "../prompts/methods.ts"
import { resources } from "../resources/methods.ts"
import * as Subscriptions from "../resources/subscriptions.ts"
import { toolbox } from "../toolbox.ts"
import { progressOf } from "./progress.ts"
import type { StdioTransport } from "./StdioTransport.ts"

/** How long the answers of requests at work are waited for when the client goes away. */
const settleFor = "700 millis"

const tools = new Map(toolbox.map((tool) => [tool.name, tool]))

const capabilities = { tools: {}, resources: { subscribe: true, listChanged: true }, prompts: {}, completions: {} }

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
      { capabilities, instructions, jsonSchemaValidator: noValidator }
    )
    const log = Runtime.runFork(runtime)
    /** Calls that wait do so no longer: the client has gone, or the server is being stopped. */
    const gone = yield* Deferred.make<void>()
    server.onerror = (error) => log(Effect.logDebug(`protocol: ${error.message}`))

    const subscriptions = yield* Subscriptions.make((method, params) =>
      Effect.promise(() => server.notification({ method, params } as ServerNotification))
    )
    const methods = new Map(
      Object.entries<Methods[string]>({
        "tools/list": () => Effect.succeed({ tools: toolbox.map((tool) => tool.describe()) }),
        ...resources(subscriptions),
        ...prompts,
        ...completion
      })
    )

    /** What the client is told; what it is not told is logged. */
    const answer = async (
      what: string,
      effect: Effect.Effect<object, ProtocolError, Coordination>,
      signal: AbortSignal
    ): Promise<Record<string, unknown>> => {
      const exit = await run(effect, { signal })
      if (Exit.isSuccess(exit)) return { ...exit.value }
      const told = Cause.failureOption(exit.cause)
      if (Option.isSome(told)) throw told.value
      if (!Cause.isInterruptedOnly(exit.cause)) log(Effect.logError(`${what} failed`, exit.cause))
      throw internalError()
    }

    // Not setRequestHandler: its own schemas would be checked a second time, and an unknown tool answered as the SDK likes.
    server.fallbackRequestHandler = async (
      request: JSONRPCRequest,
      extra: RequestHandlerExtra<ServerRequest, ServerNotification>
    ) => {
      const method = methods.get(request.method)
      if (method !== undefined) return answer(request.method, method(request.params), extra.signal)
      if (request.method !== "tools/call") throw methodNotFound(request.method)
      const tool = toolOf(request)
      const told = progressOf(request, extra.sendNotification)
      const client = { gone: Deferred.await(gone), hearsProgress: told !== undefined }
      const call = tool.call(request.params?.arguments ?? {}, client)
      return answer(tool.name, told?.(call) ?? call, extra.signal)
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
    yield* subscriptions.end
  })
