import * as ParseResult from "effect/ParseResult"
import * as Schema from "effect/Schema"
import type * as AST from "effect/SchemaAST"
import { isObject, withoutRefinements } from "./lenient.ts"

/** Values that are found wrong at most: a description of each takes a kilobyte. */
const most = 1000

type IsValid = (value: unknown) => boolean

const validities = new WeakMap<AST.AST, IsValid>()

const validity = (ast: AST.AST): IsValid => {
  const found = validities.get(ast) ?? ParseResult.is(Schema.make(ast))
  validities.set(ast, found)
  return found
}

/**
 * Returns an invalid input with no more than its first 1,000 wrong values, and whether it had more. What comes after them is
 * left out, unless it is needed to be valid.
 */
export const firstFaults = (schema: AST.AST, input: unknown): { readonly value: unknown; readonly isCut: boolean } => {
  let left = most
  let isCut = false
  const walk = (refined: AST.AST, value: unknown): unknown => {
    const ast = withoutRefinements(refined)
    const item = ast._tag === "TupleType" ? ast.rest[0]?.type : undefined
    if (item !== undefined && Array.isArray(value)) {
      const isValid = validity(item)
      const kept: Array<unknown> = []
      for (const entry of value) {
        if (left <= 0) {
          isCut = true
          break
        }
        kept.push(isValid(entry) ? entry : walk(item, entry))
      }
      return kept
    }
    if (ast._tag !== "TypeLiteral" || !isObject(value)) {
      left -= 1
      return value
    }
    const properties = new Map(ast.propertySignatures.map(({ name, type }) => [name, type]))
    for (const { isOptional, name } of ast.propertySignatures) {
      if (!isOptional && !Object.hasOwn(value, name)) left -= 1
    }
    return Object.fromEntries(
      Object.entries(value).flatMap(([name, entry]) => {
        const type = properties.get(name)
        if (type !== undefined) return [[name, validity(type)(entry) ? entry : walk(type, entry)]]
        if (left <= 0) {
          isCut = true
          return []
        }
        left -= 1
        return [[name, undefined]]
      })
    )
  }
  return { value: walk(schema, input), isCut }
}
