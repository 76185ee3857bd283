import * as Either from "effect/Either"
import * as ParseResult from "effect/ParseResult"
import * as Schema from "effect/Schema"
import { capFaults, type Fault, InvalidInput } from "../../domain/Errors.ts"
import { nearest } from "../../domain/nearest.ts"
import { lenient, withoutEnvelope } from "./lenient.ts"

const maxMessage = 200

const truncateText = (text: string): string => (text.length > maxMessage ? `${text.slice(0, maxMessage)}…` : text)

/** Names the field that was probably meant. @param message of the formatter, which quotes the fields that are known */
const unknownField = (name: string, message: string): string => {
  const meant = nearest(
    name,
    Array.from(message.matchAll(/"(\w+)"/g), ([, known]) => known as string)
  )
  return `is not a parameter${meant === undefined ? "" : `: did you mean ${meant}?`}`
}

const faults = (error: ParseResult.ParseError): ReadonlyArray<Fault> =>
  capFaults(
    ParseResult.ArrayFormatter.formatErrorSync(error).map(({ _tag, message, path }) => ({
      path: truncateText(path.map(String).join(".")),
      message: _tag === "Unexpected" ? unknownField(String(path.at(-1)), message) : truncateText(message)
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
    Either.mapLeft(
      decode(withoutEnvelope(schema.ast, lenient(schema.ast, input))),
      (error) => new InvalidInput({ faults: faults(error) })
    )
}
