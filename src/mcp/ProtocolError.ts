/** A JSON-RPC error, as opposed to a failed tool. The client gets `code`, `message` and `data`. */
export class ProtocolError extends Error {
  readonly _tag = "ProtocolError"
  readonly code: number
  readonly data: unknown
  constructor(code: number, message: string, data?: object) {
    super(message)
    this.code = code
    this.data = data
  }
}

export const methodNotFound = (method: string) => new ProtocolError(-32601, `Method not found: ${method}`)
export const invalidParams = (message: string) => new ProtocolError(-32602, message)
export const internalError = (message = "internal error") => new ProtocolError(-32603, message)

/** The code comes from the MCP specification, "Resources", "Error Handling". */
export const resourceNotFound = (uri: string) => new ProtocolError(-32002, "Resource not found", { uri })
