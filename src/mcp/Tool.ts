import * as Effect from "effect/Effect"
import type * as Schema from "effect/Schema"
import { isIncomplete, pageRemark, truncatedRemark } from "../domain/answers/Remarks.ts"
import type { CoordinationError } from "../domain/Errors.ts"
import { budget } from "../domain/ResponseBudget.ts"
import type { Coordination } from "../services/Coordination.ts"
import type { SignOfLife } from "../services/Leases.ts"
import { costOfRemarks, failure, isSurelyShort, short, success, type ToolResult } from "./Result.ts"
import { decoder } from "./schema/Input.ts"
import { type Json, ofInput, ofOutput } from "./schema/JsonSchema.ts"
import { renewAfter } from "./signOfLife.ts"
import { withStoredNames } from "./storedNames.ts"

/** What a tool does to the plan. `take` takes work away from another agent. */
export type Kind = "read" | "create" | "update" | "take"

/** Derives the annotations of all tools. */
const annotations: { readonly [K in Kind]: Json } = {
  read: { readOnlyHint: true, openWorldHint: false },
  create: { destructiveHint: false, openWorldHint: false },
  update: { destructiveHint: false, idempotentHint: true, openWorldHint: false },
  take: { destructiveHint: true, openWorldHint: false }
}

/** A tool as tools/list returns it. */
export interface Description {
  readonly name: string
  readonly title: string
  readonly description: string
  readonly inputSchema: Json
  /** Absent if it would name no field. */
  readonly outputSchema?: Json
  readonly annotations: Json
}

/** What a call may need to know about its client. */
export interface Client {
  /** Completes when the client no longer waits for answers. */
  readonly gone: Effect.Effect<void>
  /** Whether the client gets progress notifications, and so accepts long waits. */
  readonly hearsProgress: boolean
}

/** The default: a client that stays connected and gets no progress. */
const defaultClient: Client = { gone: Effect.never, hearsProgress: false }

export interface Tool {
  readonly name: string
  readonly describe: () => Description
  /** Decodes the arguments and runs the tool. Errors that the caller can act on become results; only defects fail. */
  readonly call: (input: unknown, client?: Client) => Effect.Effect<ToolResult, never, Coordination>
}

const hasLimit = (request: unknown): boolean => typeof request === "object" && request !== null && "limit" in request

/** Makes a tool from its texts, schemas and program. */
export const tool = <A, I, O extends object, OI, E extends CoordinationError, R extends Coordination>(definition: {
  readonly name: string
  readonly title: string
  /** What it does, when to use it, and what comes next. */
  readonly description: string
  readonly kind: Kind
  readonly input: Schema.Schema<A, I>
  readonly output: Schema.Schema<O, OI>
  readonly run: (input: A, client: Client) => Effect.Effect<NoInfer<O>, E, R>
  /** The JSON value that the contract documents, if it is not the structured result. */
  readonly text?: (output: NoInfer<O>) => unknown
  /** What the structured result says beside the text, in sentences. Cursors and truncation are remarked on anyway. */
  readonly remark?: (output: NoInfer<O>, input: A) => string | undefined
  /** The field that holds a page of entries. */
  readonly list?: keyof O & string
  /** Truncates a result that does not fit into that many bytes. Default: all of its texts and lists alike. */
  readonly truncate?: (output: NoInfer<O>, bytes: number) => O
  /** Never truncate this result. Other results are only complete if the request has a `limit`. */
  readonly isWhole?: true
  /**
   * Returns whose leases a successful call renews. Default: the only agent of this process, if there is exactly one.
   * Undefined if the call is about another agent's work, or if the tool renews by itself.
   */
  readonly by?: (input: A) => SignOfLife | undefined
}): Tool => {
  const { name, title, description, kind, input, output, list, isWhole } = definition
  const decode = decoder(input)
  const { by = () => ({}), truncate = (result: O, bytes: number) => short(result, list, bytes) } = definition
  const outputSchema = ofOutput(output)
  const text = definition.text ?? ((value: O): unknown => value)
  const remarksOf = (request: A, result: O): ReadonlyArray<string> => {
    const own = definition.remark?.(result, request)
    const { next_cursor } = result as { readonly next_cursor?: unknown }
    return [
      ...(own === undefined ? [] : [own]),
      ...(typeof next_cursor === "string" ? [pageRemark(name, next_cursor)] : [])
    ]
  }
  const answer = (request: A, result: O): ToolResult => {
    const remarks = remarksOf(request, result)
    const whole = success(result, text(result), remarks)
    const isCounted = isIncomplete(whole.content[0]?.text ?? "")
    const cut = [...remarks, truncatedRemark]
    const bytes = budget.result - costOfRemarks(cut)
    if (isWhole === true || hasLimit(request) || isSurelyShort(whole, bytes)) {
      return isCounted ? success(result, text(result), cut) : whole
    }
    const truncated = truncate(result, bytes)
    return truncated === result && !isCounted ? whole : success(truncated, text(truncated), cut)
  }
  return {
    name,
    describe: () => ({
      name,
      title,
      description,
      inputSchema: ofInput(input),
      ...(outputSchema === undefined ? {} : { outputSchema }),
      annotations: annotations[kind]
    }),
    call: (value, client = defaultClient) =>
      Effect.suspend(() => decode(value)).pipe(
        Effect.flatMap(withStoredNames),
        Effect.flatMap((request) =>
          definition.run(request, client).pipe(
            Effect.zipLeft(renewAfter(by(request))),
            Effect.map((result) => answer(request, result))
          )
        ),
        Effect.mapError(failure),
        Effect.merge
      )
  }
}
