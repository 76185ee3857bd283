import * as Effect from "effect/Effect"
import type * as Schema from "effect/Schema"
import type { Coordination } from "../layers/Coordination.ts"
import { decoder } from "./Input.ts"
import { type Json, ofInput, ofOutput } from "./JsonSchema.ts"
import { failure, success, type ToolError, type ToolResult } from "./Result.ts"

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

export interface Tool {
  readonly name: string
  readonly describe: () => Description
  /** Decodes the arguments and runs the tool; what the caller can act on is a result, only defects fail. */
  readonly call: (input: unknown) => Effect.Effect<ToolResult, never, Coordination>
}

/** One tool: its words, the schemas of its arguments and result, and the Effect program behind it. */
export const tool = <A, I, O extends object, OI, E extends ToolError, R extends Coordination>(definition: {
  readonly name: string
  readonly title: string
  /** What it does, when to use it, what comes next. */
  readonly description: string
  readonly kind: Kind
  readonly input: Schema.Schema<A, I>
  readonly output: Schema.Schema<O, OI>
  readonly run: (input: A) => Effect.Effect<NoInfer<O>, E, R>
  /** The JSON value that the contract documents, where it is not the structured result itself. */
  readonly text?: (output: NoInfer<O>) => unknown
}): Tool => {
  const { name, title, description, kind, input, output } = definition
  const decode = decoder(input)
  const text = definition.text ?? ((value: O): unknown => value)
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
    call: (value) =>
      Effect.match(
        Effect.flatMap(
          Effect.suspend(() => decode(value)),
          definition.run
        ),
        {
          onFailure: failure,
          onSuccess: (result) => success(result, text(result))
        }
      )
  }
}
