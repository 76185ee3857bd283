import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Schema from "effect/Schema"
import * as AST from "effect/SchemaAST"
import type { InvalidInput, NotFound, StorageError } from "../../domain/Errors.ts"
import type { Coordination } from "../../services/Coordination.ts"
import { decoder } from "../schema/Input.ts"

type PromptError = NotFound | InvalidInput | StorageError

/** A text that a person chooses for a model, filled in with arguments. */
export interface Prompt {
  readonly name: string
  /** Names of its arguments. */
  readonly takes: ReadonlyArray<string>
  /** Those of them that name a project which is there. */
  readonly existing: ReadonlyArray<string>
  /** What prompts/list tells of it. */
  readonly describe: () => object
  /** What prompts/get gives. InvalidInput names arguments that are missing, unknown or out of bounds. */
  readonly get: (given: unknown) => Effect.Effect<object, PromptError, Coordination>
}

/** Clients with a form send what was not filled in as an empty text. */
const filledIn = (given: unknown): unknown =>
  typeof given === "object" && given !== null
    ? Object.fromEntries(Object.entries(given).filter(([, value]) => value !== ""))
    : (given ?? {})

/** An argument's value, or other data, as it stands in a text: in quotation marks that it cannot leave. */
export const quoted = (value: unknown): string => JSON.stringify(value)

/** An argument that may be left out. */
export const optional = <A, I>(schema: Schema.Schema<A, I>, description: string) =>
  Schema.optionalWith(schema.annotations({ description }), { exact: true })

/** One prompt: its words, the schema of its arguments, and its text. */
export const prompt = <A, I, E extends PromptError, R extends Coordination>(definition: {
  readonly name: string
  readonly title: string
  readonly description: string
  readonly input: Schema.Schema<A, I>
  readonly existing?: ReadonlyArray<string>
  readonly text: (input: A) => Effect.Effect<string, E, R>
}): Prompt => {
  const { name, title, description, input } = definition
  const properties = AST.getPropertySignatures(input.ast)
  const decode = decoder(input)
  return {
    name,
    takes: properties.map((property) => String(property.name)),
    existing: definition.existing ?? [],
    describe: () => ({
      name,
      title,
      description,
      arguments: properties.map((property) => ({
        name: String(property.name),
        description: Option.getOrElse(AST.getDescriptionAnnotation(property.type), () => ""),
        required: !property.isOptional
      }))
    }),
    get: (given) =>
      Effect.suspend(() => decode(filledIn(given))).pipe(
        Effect.flatMap(definition.text),
        Effect.map((text) => ({ description, messages: [{ role: "user", content: { type: "text", text } }] }))
      )
  }
}
