import * as Schema from "effect/Schema"
import { budget, cost, truncate } from "../domain/answers/ResponseBudget.ts"
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

/**
 * Whether a result keeps within the budget whatever its characters are: three bytes are the most that one takes, twice, and little
 * stands beside the text, unless that is null. Costs nothing, so that an ordinary claim is not measured.
 */
export const isSurelyShort = ({ content: [item] }: ToolResult): boolean =>
  item !== undefined && item.text !== "null" && item.text.length <= budget.result / 7

/**
 * The result as a caller is told it who did not ask for more: within the budget.
 * @param list the field that holds a page of a list: its entries are cut one by one, as the page was measured, and none is left out
 */
export const short = <O extends object>(result: O, list: (keyof O & string) | undefined): O => {
  if (list === undefined) return truncate(result, budget.result)
  const { [list]: page, ...beside } = result
  const entries = (page as ReadonlyArray<object>).map((entry) => truncate(entry, budget.entry))
  return { ...result, ...truncate(beside, budget.result - cost(entries)), [list]: entries }
}

const encode = Schema.encodeSync(ToolError)
const decode = Schema.decodeSync(ToolError)

/** What is wrong and what to do next, in words for the model and in fields for a program. */
export const failure = (error: ToolError): ToolResult => {
  const fields = truncate(encode(error), budget.error)
  const { message } = decode(fields)
  return {
    content: [{ type: "text", text: `${error._tag}: ${message}` }],
    structuredContent: { error: { ...fields, message } },
    isError: true
  }
}
