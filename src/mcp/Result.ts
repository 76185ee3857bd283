import * as Schema from "effect/Schema"
import type { Claim } from "../domain/Claim.ts"
import { CoordinationError } from "../domain/Errors.ts"
import { budget, cost, truncate } from "../domain/ResponseBudget.ts"

/** The MCP result of a tool call. */
export interface ToolResult extends Record<string, unknown> {
  readonly content: ReadonlyArray<{ readonly type: "text"; readonly text: string }>
  readonly structuredContent: Record<string, unknown>
  readonly isError?: true
}

/**
 * @param text the JSON value that the contract documents for this tool, if it is not the structured result
 * @param remarks sentences of the second text block, which is left out if there are none
 */
export const success = (
  structured: object,
  text: unknown = structured,
  remarks: ReadonlyArray<string> = []
): ToolResult => ({
  content: [JSON.stringify(text), ...(remarks.length > 0 ? [remarks.join(" ")] : [])].map((text) => ({
    type: "text",
    text
  })),
  structuredContent: { ...structured }
})

/**
 * Whether the result fits into the budget whatever its characters are. A character takes at most 3 bytes in each of 2
 * copies, and little else is in the line unless the text is null. A cheap check, so that ordinary claims need no
 * measuring.
 * @param bytes left for the result
 */
export const isSurelyShort = ({ content: [item] }: ToolResult, bytes: number): boolean =>
  item !== undefined && item.text !== "null" && item.text.length <= bytes / 7

/** Returns the bytes that a block of these remarks takes in a line. */
export const costOfRemarks = (remarks: ReadonlyArray<string>): number =>
  remarks.length === 0 ? 0 : Buffer.byteLength(JSON.stringify({ type: "text", text: remarks.join(" ") })) + 1

/**
 * Truncates the result; returns the same one if it fits.
 *
 * @param list the field that holds a page of entries: each is truncated alone, as `page` measured it, and none is
 * omitted
 * @param bytes that it may take
 */
export const short = <O extends object>(
  result: O,
  list: (keyof O & string) | undefined,
  bytes: number = budget.result
): O => {
  if (list === undefined) return truncate(result, bytes)
  const { [list]: page, ...beside } = result
  const entries = (page as ReadonlyArray<object>).map((entry) => truncate(entry, budget.entry))
  const rest = truncate(beside, bytes - cost(entries))
  const isSame = rest === beside && entries.every((entry, at) => entry === (page as ReadonlyArray<object>)[at])
  return isSame ? result : { ...result, ...rest, [list]: entries }
}

/** What is beside a description of any size gets at least so many bytes. */
const leastBesideDescription = 8000

/** Truncates a claim to that many bytes, but never the step's description, because its agent works by it. */
export const shortClaim = (claim: Claim, bytes: number): Claim => {
  if (claim.step?.description === undefined) return short(claim, undefined, bytes)
  const { description, ...step } = claim.step
  const room = Math.max(bytes - cost(description), leastBesideDescription)
  const beside = truncate({ ...claim, step }, room)
  return { ...beside, step: { ...beside.step, description } }
}

const encode = Schema.encodeSync(CoordinationError)
const decode = Schema.decodeSync(CoordinationError)

/** Returns the error as a tool result: words for the model, fields for programs. */
export const failure = (error: CoordinationError): ToolResult => {
  const fields = truncate(encode(error), budget.error)
  const { message } = decode(fields)
  return {
    content: [{ type: "text", text: `${error._tag}: ${message}` }],
    structuredContent: { error: { ...fields, message } },
    isError: true
  }
}
