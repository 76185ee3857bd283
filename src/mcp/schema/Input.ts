import * as Either from "effect/Either"
import * as ParseResult from "effect/ParseResult"
import * as Schema from "effect/Schema"
import type * as AST from "effect/SchemaAST"
import { capFaults, type Fault, InvalidInput } from "../../domain/Errors.ts"
import { nearest } from "../../domain/nearest.ts"
import { firstFaults } from "./firstFaults.ts"
import { lenient, withoutEnvelope, withoutRefinements } from "./lenient.ts"

const maxMessage = 200

const truncateText = (text: string): string => (text.length > maxMessage ? `${text.slice(0, maxMessage)}…` : text)

/** The fields of the object at that path. */
const fieldsAt = (schema: AST.AST, path: ReadonlyArray<PropertyKey>): ReadonlyArray<string> => {
  const ast = withoutRefinements(schema)
  const [key, ...rest] = path
  if (ast._tag === "TupleType") return ast.rest[0] === undefined ? [] : fieldsAt(ast.rest[0].type, rest)
  if (ast._tag !== "TypeLiteral") return []
  if (key === undefined) return ast.propertySignatures.map(({ name }) => String(name))
  const property = ast.propertySignatures.find(({ name }) => name === key)
  return property === undefined ? [] : fieldsAt(property.type, rest)
}

/** Names the field that was probably meant. */
const unknownField = (schema: AST.AST, path: ReadonlyArray<PropertyKey>): string => {
  const meant = nearest(String(path.at(-1)), fieldsAt(schema, path.slice(0, -1)))
  return `is not a parameter${meant === undefined ? "" : `: did you mean ${meant}?`}`
}

const faults = (schema: AST.AST, error: ParseResult.ParseError): ReadonlyArray<Fault> =>
  capFaults(
    ParseResult.ArrayFormatter.formatErrorSync(error).map(({ _tag, message, path }) => ({
      path: truncateText(path.map(String).join(".")),
      message: _tag === "Unexpected" ? unknownField(schema, path) : truncateText(message)
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
  const decode = Schema.decodeUnknownEither(schema, { onExcessProperty, errors: "first" })
  const decodeAll = Schema.decodeUnknownEither(schema, { onExcessProperty, errors: "all" })
  return (input) => {
    const meant = withoutEnvelope(schema.ast, lenient(schema.ast, input))
    return Either.mapLeft(decode(meant), (first) => {
      const { isCut, value } = firstFaults(schema.ast, meant)
      const found = faults(
        schema.ast,
        Either.getOrElse(Either.flip(decodeAll(value)), () => first)
      )
      return new InvalidInput({ faults: isCut ? [...found.slice(0, -1), { path: "", message: "and more" }] : found })
    })
  }
}
