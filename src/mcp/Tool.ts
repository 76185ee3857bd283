import * as Effect from "effect/Effect"
import type * as Schema from "effect/Schema"
import type { Coordination } from "../services/Coordination.ts"
import { Leases, type SignOfLife } from "../services/Leases.ts"
import { failure, isSurelyShort, short, success, type ToolError, type ToolResult } from "./Result.ts"
import { decoder } from "./schema/Input.ts"
import { type Json, ofInput, ofOutput } from "./schema/JsonSchema.ts"

/** What a tool does to the plan: `take` takes work away from somebody. */
export type Kind = "read" | "create" | "update" | "take"

/** The one place where annotations come from. */
const annotations: { readonly [K in Kind]: Json } = {
  read: { readOnlyHint: true, openWorldHint: false },
  create: { destructiveHint: false, openWorldHint: false },
  update: { destructiveHint: false, idempotentHint: true, openWorldHint: false },
  take: { destructiveHint: true, openWorldHint: false }
}

/** What tools/list tells of a tool. */
export interface Description {
  readonly name: string
  readonly title: string
  readonly description: string
  readonly inputSchema: Json
  readonly outputSchema: Json
  readonly annotations: Json
}

/** What a call may have to know of the client that made it. */
export interface Client {
  /** Done when nobody waits for answers any more. */
  readonly gone: Effect.Effect<void>
  /** It is told every now and then that the call is at work, and so has reason to wait for long. */
  readonly hearsProgress: boolean
}

/** One that stays, as far as is known. */
const someClient: Client = { gone: Effect.never, hearsProgress: false }

export interface Tool {
  readonly name: string
  readonly describe: () => Description
  /** Decodes the arguments and runs the tool; what the caller can act on is a result, only defects fail. */
  readonly call: (input: unknown, client?: Client) => Effect.Effect<ToolResult, never, Coordination>
}

/** An answer does not wait longer for a renewal while another process keeps the database locked; the next call renews, too. */
const patience = "100 millis"

/** Renews the caller's leases after a call that succeeded: a refused one changes nothing. A call does not fail for want of that. */
const renew = (call: SignOfLife | undefined): Effect.Effect<void, never, Leases> =>
  call === undefined
    ? Effect.void
    : Effect.flatMap(Leases, (leases) => leases.touch(call)).pipe(
        Effect.timeoutOption(patience),
        Effect.catchAllCause((cause) => Effect.logWarning("leases could not be renewed", cause))
      )

const hasLimit = (request: unknown): boolean => typeof request === "object" && request !== null && "limit" in request

/** Whoever cancels a call does not wait longer for what it undoes. */
const undoFor = "300 millis"

const undoing = <R>(name: string, undo: Effect.Effect<unknown, unknown, R>): Effect.Effect<void, never, R> =>
  undo.pipe(
    Effect.interruptible,
    Effect.timeout(undoFor),
    Effect.catchAllCause((cause) => Effect.logWarning(`${name} was cancelled, but could not be undone`, cause)),
    Effect.asVoid
  )

/** One tool: its words, the schemas of its arguments and result, and the Effect program behind it. */
export const tool = <A, I, O extends object, OI, E extends ToolError, R extends Coordination>(definition: {
  readonly name: string
  readonly title: string
  /** What it does, when to use it, what comes next. */
  readonly description: string
  readonly kind: Kind
  readonly input: Schema.Schema<A, I>
  readonly output: Schema.Schema<O, OI>
  readonly run: (input: A, client: Client) => Effect.Effect<NoInfer<O>, E, R>
  /** Takes back what was done, where the call is cancelled before it is answered. */
  readonly undo?: (input: A, output: NoInfer<O>) => Effect.Effect<void, E, R>
  /** The JSON value that the contract documents, where it is not the structured result itself. */
  readonly text?: (output: NoInfer<O>) => unknown
  /** The field that holds a page of a list. */
  readonly list?: keyof O & string
  /** Where the whole of something can be read: the only results that are as long as it takes, but for pages with a `limit`. */
  readonly isWhole?: true
  /**
   * Whose sign of life a call is: of the holder that it names, or (by default) of whoever this process works for, as far as that
   * is clear. Undefined where it is about somebody else's work.
   */
  readonly by?: (input: A) => SignOfLife | undefined
}): Tool => {
  const { name, title, description, kind, input, output, list, isWhole } = definition
  const decode = decoder(input)
  const by = definition.by ?? (() => ({}))
  const text = definition.text ?? ((value: O): unknown => value)
  const answer = (request: A, result: O): ToolResult => {
    const whole = success(result, text(result))
    if (isWhole === true || hasLimit(request) || isSurelyShort(whole)) return whole
    const told = short(result, list)
    return success(told, text(told))
  }
  return {
    name,
    describe: () => ({
      name,
      title,
      description,
      inputSchema: ofInput(input),
      outputSchema: ofOutput(output),
      annotations: annotations[kind]
    }),
    call: (value, client = someClient) =>
      Effect.suspend(() => {
        let undo: Effect.Effect<unknown, unknown, R> = Effect.void
        const run = (request: A) =>
          definition.run(request, client).pipe(
            Effect.tap((output) => {
              undo = definition.undo?.(request, output) ?? undo
              return renew(by(request))
            }),
            Effect.map((result) => answer(request, result))
          )
        return Effect.flatMap(decode(value), run).pipe(
          Effect.mapError(failure),
          Effect.merge,
          Effect.onInterrupt(() => undoing(name, undo))
        )
      })
  }
}
