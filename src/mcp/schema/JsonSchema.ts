import * as JSONSchema from "effect/JSONSchema"
import type * as Schema from "effect/Schema"
import type * as AST from "effect/SchemaAST"

export type Json = { readonly [key: string]: unknown }

const isObject = (value: unknown): value is Json => typeof value === "object" && value !== null && !Array.isArray(value)

/**
 * The only keywords of a tool's arguments, because every provider takes them. Some refuse the whole request for others,
 * such as additionalProperties, exclusiveMinimum or any bound. The server checks what is left out.
 */
const keywords = new Set(["type", "description", "enum", "properties", "required", "items"])

/** Effect's own descriptions of filters. They repeat the bounds in words. */
const builtInDescription = /^(a|an) (string|number|array|integer|finite number|non-?negative|positive|between)/i

/** Keeps what every provider takes, without built-in descriptions. */
const trim = (node: unknown): unknown => {
  if (!isObject(node)) return node
  return Object.fromEntries(
    Object.entries(node).flatMap(([key, value]) => {
      if (key === "properties" && isObject(value)) {
        return [[key, Object.fromEntries(Object.entries(value).map(([name, schema]) => [name, trim(schema)]))]]
      }
      if (!keywords.has(key)) return []
      if (key === "description" && typeof value === "string" && builtInDescription.test(value)) return []
      return [[key, trim(value)]]
    })
  )
}

/** Returns the JSON Schema (2020-12) of a tool's arguments. */
export const ofInput = (schema: Schema.Schema.All): Json =>
  trim(
    JSONSchema.fromAST(schema.ast, {
      definitions: {},
      target: "jsonSchema2020-12",
      topLevelReferenceStrategy: "skip"
    })
  ) as Json

const typesOf = (ast: AST.AST): ReadonlyArray<string> => {
  switch (ast._tag) {
    case "Refinement":
      return typesOf(ast.from)
    case "Union":
      return ast.types.flatMap(typesOf)
    case "Literal":
      return ast.literal === null ? ["null"] : [typeof ast.literal]
    case "NumberKeyword":
      return ["number"]
    case "StringKeyword":
      return ["string"]
    case "TupleType":
      return ["array"]
    case "UndefinedKeyword":
      return []
    default:
      return ["object"]
  }
}

/**
 * Returns the JSON Schema of a tool's structured result: field names and types, one level deep, because every schema
 * costs each agent tokens. It requires and forbids nothing, because clients validate errors against it, too. Undefined
 * if the result names no field.
 */
export const ofOutput = (schema: Schema.Schema.All): Json | undefined => {
  const { ast } = schema
  if (ast._tag !== "TypeLiteral") throw new Error(`a tool's result must be a struct, not a ${ast._tag}`)
  const properties = ast.propertySignatures.map(({ name, type }) => {
    const types = [...new Set(typesOf(type))]
    return [name, { type: types.length === 1 ? types[0] : types }]
  })
  return properties.length === 0 ? undefined : { type: "object", properties: Object.fromEntries(properties) }
}
