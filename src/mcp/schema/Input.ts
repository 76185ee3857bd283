import * as Either from "effect/Either"
import * as ParseResult from "effect/ParseResult"
import * as Schema from "effect/Schema"
import type * as AST from "effect/SchemaAST"
import { capFaults, type Fault, InvalidInput } from "../../domain/Errors.ts"

const maxMessage = 200

const withoutRefinements = (ast: AST.AST): AST.AST => (ast._tag === "Refinement" ? withoutRefinements(ast.from) : ast)

/** The kind of JSON value that a string may hold instead. Undefined if the schema expects a string. */
const jsonKind = (ast: AST.AST): "number" | "boolean" | "array" | "object" | undefined => {
  switch (ast._tag) {
    case "NumberKeyword":
      return "number"
    case "BooleanKeyword":
      return "boolean"
    case "TupleType":
      return "array"
    case "TypeLiteral":
      return "object"
    default:
      return undefined
  }
}

const kindOf = (value: unknown): string => (Array.isArray(value) ? "array" : typeof value)

const parseAs = (text: string, kind: string): unknown => {
  try {
    const value: unknown = JSON.parse(text)
    return kindOf(value) === kind ? value : text
  } catch {
    return text
  }
}

/**
 * Accepts the lenient inputs that agents often send: numbers and arrays as JSON strings ("5", "[1,2]"), and null for an
 * omitted field. The schema refuses everything else. See docs/architecture.md, "Errors and inputs".
 */
export const lenient = (schema: AST.AST, input: unknown): unknown => {
  const ast = withoutRefinements(schema)
  const kind = jsonKind(ast)
  const value = typeof input === "string" && kind !== undefined ? parseAs(input, kind) : input
  if (ast._tag === "TupleType" && Array.isArray(value)) {
    const item = ast.rest[0]?.type
    return item === undefined ? value : value.map((entry) => lenient(item, entry))
  }
  if (ast._tag === "TypeLiteral" && typeof value === "object" && value !== null && !Array.isArray(value)) {
    const properties = new Map(ast.propertySignatures.map((property) => [property.name, property]))
    return Object.fromEntries(
      Object.entries(value).flatMap(([name, entry]) => {
        const property = properties.get(name)
        if (property === undefined) return [[name, entry]]
        if (entry === null && property.isOptional) return []
        return [[name, lenient(property.type, entry)]]
      })
    )
  }
  return value
}

const truncateText = (text: string): string => (text.length > maxMessage ? `${text.slice(0, maxMessage)}…` : text)

const faults = (error: ParseResult.ParseError): ReadonlyArray<Fault> =>
  capFaults(
    ParseResult.ArrayFormatter.formatErrorSync(error).map(({ message, path }) => ({
      path: truncateText(path.map(String).join(".")),
      message: truncateText(message)
    }))
  )

/**
 * Returns a decoder of a tool's arguments, to be built once. It fails with every fault at once, and refuses unknown
 * fields by default.
 */
export const decoder = <A, I>(
  schema: Schema.Schema<A, I>,
  onExcessProperty: "error" | "ignore" = "error"
): ((input: unknown) => Either.Either<A, InvalidInput>) => {
  const decode = Schema.decodeUnknownEither(schema, { onExcessProperty, errors: "all" })
  return (input) =>
    Either.mapLeft(decode(lenient(schema.ast, input)), (error) => new InvalidInput({ faults: faults(error) }))
}
