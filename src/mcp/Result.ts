import * as Schema from "effect/Schema"
import { Conflict, DependencyUnmet, InvalidInput, NotFound, StorageBusy, StorageFailure } from "../domain/Errors.ts"

/** Everything that a tool can fail with. */
export const ToolError = Schema.Union(NotFound, Conflict, DependencyUnmet, InvalidInput, StorageBusy, StorageFailure)
export type ToolError = typeof ToolError.Type

/** Answer of a tool call as MCP has it. */
export interface ToolResult extends Record<string, unknown> {
  readonly content: ReadonlyArray<{ readonly type: "text"; readonly text: string }>
  readonly structuredContent: Record<string, unknown>
  readonly isError?: true
}

/** @param text the JSON value that the contract documents for this tool, where it is not the structured result itself */
export const success = (structured: object, text: unknown = structured): ToolResult => ({
  content: [{ type: "text", text: JSON.stringify(text) }],
  structuredContent: { ...structured }
})

const encode = Schema.encodeSync(ToolError)

/** What is wrong and what to do next, in words for the model and in fields for a program. */
export const failure = (error: ToolError): ToolResult => ({
  content: [{ type: "text", text: `${error._tag}: ${error.message}` }],
  structuredContent: { error: { ...encode(error), message: error.message } },
  isError: true
})
