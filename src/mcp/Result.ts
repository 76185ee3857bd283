import * as Schema from "effect/Schema"
import type { Claim } from "../domain/Entities.ts"
import { Conflict, DependencyUnmet, InvalidInput, NotFound, StorageBusy, StorageFailure } from "../domain/Errors.ts"
import { budget, cost, truncate } from "../domain/ResponseBudget.ts"

/** Every error of a tool. */
export const ToolError = Schema.Union(NotFound, Conflict, DependencyUnmet, InvalidInput, StorageBusy, StorageFailure)
export type ToolError = typeof ToolError.Type

/** The MCP result of a tool call. */
export interface ToolResult extends Record<string, unknown> {
  readonly content: ReadonlyArray<{ readonly type: "text"; readonly text: string }>
  readonly structuredContent: Record<string, unknown>
  readonly isError?: true
}

/** @param text the JSON value that the contract documents for this tool, if it is not the structured result */
export const success = (structured: object, text: unknown = structured): ToolResult => ({
  content: [{ type: "text", text: JSON.stringify(text) }],
  structuredContent: { ...structured }
})

/**
 * Whether the result fits into the budget whatever its characters are. A character takes at most 3 bytes in each of 2
 * copies, and little else is in the line unless the text is null. A cheap check, so that ordinary claims need no
 * measuring.
 */
export const isSurelyShort = ({ content: [item] }: ToolResult): boolean =>
  item !== undefined && item.text !== "null" && item.text.length <= budget.result / 7

/**
 * Truncates the result to the budget.
 *
 * @param list the field that holds a page of entries: each is truncated alone, as `page` measured it, and none is
 * omitted
 */
export const short = <O extends object>(result: O, list: (keyof O & string) | undefined): O => {
  if (list === undefined) return truncate(result, budget.result)
  const { [list]: page, ...beside } = result
  const entries = (page as ReadonlyArray<object>).map((entry) => truncate(entry, budget.entry))
  return { ...result, ...truncate(beside, budget.result - cost(entries)), [list]: entries }
}

/** What is beside a description of any size gets at least so many bytes. */
const leastBesideDescription = 8000

/** Truncates a claim to the budget, but never the step's description, because its agent works by it. */
export const shortClaim = (claim: Claim): Claim => {
  if (claim.step?.description === undefined) return short(claim, undefined)
  const { description, ...step } = claim.step
  const room = Math.max(budget.result - cost(description), leastBesideDescription)
  const beside = truncate({ ...claim, step }, room)
  return { ...beside, step: { ...beside.step, description } }
}

const encode = Schema.encodeSync(ToolError)
const decode = Schema.decodeSync(ToolError)

/** Returns the error as a tool result: words for the model, fields for programs. */
export const failure = (error: ToolError): ToolResult => {
  const fields = truncate(encode(error), budget.error)
  const { message } = decode(fields)
  return {
    content: [{ type: "text", text: `${error._tag}: ${message}` }],
    structuredContent: { error: { ...fields, message } },
    isError: true
  }
}
