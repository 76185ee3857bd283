import * as JSONSchema from "effect/JSONSchema"
import { jsonFormat } from "../src/cli/base/Command.ts"
import { groups } from "../src/cli/commands.ts"

type Json = Readonly<Record<string, unknown>>

/** The schema of an object, or of one of several, with the field that tells the format. */
const withFormat = (schema: Json, shared: Json): Json => {
  if (typeof schema.$ref === "string")
    return withFormat(shared[schema.$ref.split("/").at(-1) as string] as Json, shared)
  if (Array.isArray(schema.anyOf)) return { ...schema, anyOf: schema.anyOf.map((one: Json) => withFormat(one, shared)) }
  const { properties, required } = schema as { readonly properties: Json; readonly required: ReadonlyArray<string> }
  return {
    ...schema,
    required: ["format", ...required],
    properties: { format: { type: "integer", enum: [jsonFormat] }, ...properties }
  }
}

/** The JSON schema of what each command answers with --json, and of an error: one definition for each. */
export const cliSchema = (): string => {
  const shared: Record<string, Json> = {}
  const of = (schema: Parameters<typeof JSONSchema.make>[0]) =>
    JSONSchema.fromAST(schema.ast, {
      definitions: shared as never,
      definitionPath: "#/$defs/",
      target: "jsonSchema2020-12"
    }) as unknown as Json
  const answers = groups
    .flatMap(({ entries }) => entries)
    .map(({ answer, path }) => [`hq ${path.join(" ")}`, of(answer)] as const)
  const message = { type: "string", description: "What is wrong, and what to do about it" }
  const document = {
    $schema: "https://json-schema.org/draft/2020-12/schema",
    title: "What hq answers with --json",
    description: `Format ${jsonFormat}. A field that goes, or means something else, raises the number; a new field does not.`,
    $defs: {
      ...Object.fromEntries(answers.map(([name, schema]) => [name, withFormat(schema, shared)])),
      error: {
        type: "object",
        required: ["format", "error"],
        properties: {
          format: { type: "integer", enum: [jsonFormat] },
          error: { type: "object", required: ["_tag", "message"], properties: { _tag: { type: "string" }, message } }
        }
      },
      ...shared
    }
  }
  return `${JSON.stringify(document, undefined, 2)}\n`
}
