import type { RequestId } from "@modelcontextprotocol/sdk/types.js"

/** A request of tools/call. */
export interface ToolCall {
  readonly jsonrpc: "2.0"
  readonly id: RequestId
  readonly method: "tools/call"
  readonly params?: {
    readonly [key: string]: unknown
    readonly _meta?: { readonly progressToken?: RequestId }
  }
}

const fields: ReadonlySet<string> = new Set(["jsonrpc", "id", "method", "params"])

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === "object" && value !== null && !Array.isArray(value)

const isId = (value: unknown): value is RequestId => typeof value === "string" || Number.isSafeInteger(value)

/** Whether the params have no field but arguments that the SDK would look at, except for a valid progress token. */
const isPlain = (params: unknown): boolean => {
  if (params === undefined) return true
  if (!isObject(params) || "task" in params) return false
  const { _meta: meta } = params
  if (meta === undefined) return true
  if (!isObject(meta) || Object.keys(meta).some((key) => key.startsWith("io.modelcontextprotocol/"))) return false
  return meta.progressToken === undefined || isId(meta.progressToken)
}

/**
 * Returns the message if it is an ordinary tool call. The SDK would validate it twice, which costs more than most calls.
 * Undefined for all other messages, and for what the SDK would refuse or treat in a way of its own.
 */
export const toolCallOf = (message: unknown): ToolCall | undefined =>
  isObject(message) &&
  message.method === "tools/call" &&
  message.jsonrpc === "2.0" &&
  isId(message.id) &&
  isPlain(message.params) &&
  Object.keys(message).every((field) => fields.has(field))
    ? (message as unknown as ToolCall)
    : undefined
