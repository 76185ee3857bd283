import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Schema from "effect/Schema"
import * as AST from "effect/SchemaAST"
import type { InvalidInput, NotFound, StorageError } from "../../domain/Errors.ts"
import type { Coordination } from "../../services/Coordination.ts"
import { decoder } from "../schema/Input.ts"
import { withStoredNames } from "../storedNames.ts"

type PromptError = NotFound | InvalidInput | StorageError

/** A template that a person chooses and fills in for a model. */
export interface Prompt {
  readonly name: string
  /** Names of its arguments. */
  readonly takes: ReadonlyArray<string>
  /** Arguments that name an existing project. */
  readonly existing: ReadonlyArray<string>
  /** The prompt as prompts/list returns it. */
  readonly describe: () => object
  /** Returns the result of prompts/get. Fails with InvalidInput for missing, unknown or invalid arguments. */
  readonly get: (given: unknown) => Effect.Effect<object, PromptError, Coordination>
}

/** Drops empty arguments: clients with a form send "" for a field left blank. */
const filledIn = (given: unknown): unknown =>
  typeof given === "object" && given !== null
    ? Object.fromEntries(Object.entries(given).filter(([, value]) => value !== ""))
    : (given ?? {})

/** Quotes a value as JSON, so that it cannot be read as part of the prompt. */
export const quoted = (value: unknown): string => JSON.stringify(value)

/** An optional argument. */
export const optional = <A, I>(schema: Schema.Schema<A, I>, description: string) =>
  Schema.optionalWith(schema.annotations({ description }), { exact: true })

/** Makes a prompt from its texts and the schema of its arguments. */
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
        Effect.flatMap(withStoredNames),
        Effect.flatMap(definition.text),
        Effect.map((text) => ({ description, messages: [{ role: "user", content: { type: "text", text } }] }))
      )
  }
}
