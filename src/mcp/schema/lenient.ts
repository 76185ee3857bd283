import { identity } from "effect/Function"
import * as ParseResult from "effect/ParseResult"
import * as Schema from "effect/Schema"
import type * as AST from "effect/SchemaAST"
import { limits, storedForm } from "../../domain/Text.ts"

/** Fields that clients put beside a tool's arguments, each for a purpose of its own. None is a parameter of hq. */
const envelope: ReadonlySet<string> = new Set([
  "_meta",
  "action",
  "chatInput",
  "progressToken",
  "sessionId",
  "signal",
  "tool_call_id",
  "toolCallId"
])

/** The schema of the values that a refinement narrows down. */
export const withoutRefinements = (ast: AST.AST): AST.AST =>
  ast._tag === "Refinement" ? withoutRefinements(ast.from) : ast

/** The form in which such a text is stored. */
const storedFormOf = (ast: AST.AST): ((text: string) => string) => {
  const form = ast.annotations[storedForm] as ((text: string) => string) | undefined
  return form ?? (ast._tag === "Refinement" ? storedFormOf(ast.from) : identity)
}

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

export const isObject = (value: unknown): value is object => kindOf(value) === "object" && value !== null

/** How JSON of each kind begins, or is: a parser that throws takes a hundred times as long. */
const forms: Readonly<Record<string, RegExp>> = {
  number: /^\s*-?\d+(\.\d+)?([eE][+-]?\d+)?\s*$/,
  boolean: /^\s*(true|false)\s*$/,
  array: /^\s*\[/,
  object: /^\s*\{/
}

const parseAs = (text: string, kind: string): unknown => {
  if (forms[kind]?.test(text) !== true) return text
  try {
    const value: unknown = JSON.parse(text)
    return kindOf(value) === kind ? value : text
  } catch {
    return text
  }
}

/** One text or number stands for a list of one. A text with a comma may be meant as several, and is left to be refused. */
const asList = (value: unknown, item: AST.AST | undefined): unknown => {
  if (item === undefined || Array.isArray(value)) return value
  const kind = jsonKind(withoutRefinements(item))
  if (kind === undefined) return typeof value === "string" && value !== "" && !value.includes(",") ? [value] : value
  const one = kind === "number" && typeof value === "string" ? parseAs(value, kind) : value
  return kind === "number" && typeof one === "number" ? [one] : value
}

/** Both mean a project. Which of them a tool has, models mix up. */
const synonyms: ReadonlyMap<string, string> = new Map([
  ["name", "project"],
  ["project", "name"]
])

/** Parameters that hold prose, of which any word may be one. */
const prose: ReadonlySet<string> = new Set(["notes", "reason", "title", "description"])

const isNoWord = (value: unknown): boolean => value === "null" || value === "undefined"

/** What models and clients send for a parameter that they leave out. */
const isEmpty = (value: unknown): boolean =>
  typeof value === "string"
    ? value.trim() === "" || isNoWord(value)
    : value === null || value === 0 || (Array.isArray(value) && value.length === 0)

const isValid = (ast: AST.AST, value: unknown): boolean => ParseResult.is(Schema.make(ast))(value)

/**
 * Accepts what agents often send instead of what the schema says, if its meaning is clear: numbers, booleans, lists and
 * objects as JSON strings; one value for a list of one; null, "", 0, [] and "null" for an omitted field, unless the
 * field could have that value; names with blanks at their ends; `name` for `project`, and the reverse. The schema
 * refuses everything else. See docs/architecture.md, "Errors and inputs".
 */
export const lenient = (schema: AST.AST, input: unknown): unknown => {
  const ast = withoutRefinements(schema)
  if (ast._tag === "StringKeyword") return typeof input === "string" ? storedFormOf(schema)(input) : input
  const kind = jsonKind(ast)
  const parsed = typeof input === "string" && kind !== undefined ? parseAs(input, kind) : input
  if (ast._tag === "TupleType") {
    const item = ast.rest[0]?.type
    const value = asList(parsed, item)
    // No list may be longer, so that the rest need not be looked at: it is refused with it or without.
    return item !== undefined && Array.isArray(value)
      ? value.slice(0, limits.steps + 1).map((entry) => lenient(item, entry))
      : value
  }
  if (ast._tag !== "TypeLiteral" || !isObject(parsed)) return parsed
  const properties = new Map(ast.propertySignatures.map((property) => [property.name, property]))
  const isMissing = (name: string) => properties.has(name) && !Object.hasOwn(parsed, name)
  let unknown = 0
  return Object.fromEntries(
    Object.entries(parsed).flatMap(([given, entry]) => {
      const other = synonyms.get(given)
      const name = other !== undefined && !properties.has(given) && isMissing(other) ? other : given
      const property = properties.get(name)
      // Nor need more of them be looked at: one is enough to refuse it.
      if (property === undefined) return unknown++ > limits.steps ? [] : [[name, entry]]
      const meant = isEmpty(entry) ? entry : lenient(property.type, entry)
      // A name, path or cursor that is the word null was not meant, though it could be one.
      const isUnmeant = isNoWord(meant) && !prose.has(name)
      if (property.isOptional && isEmpty(meant) && (isUnmeant || !isValid(property.type, meant))) return []
      return [[name, meant]]
    })
  )
}

/** The arguments without what clients put beside them, unless the schema has a parameter of that name. */
export const withoutEnvelope = (schema: AST.AST, input: unknown): unknown => {
  const ast = withoutRefinements(schema)
  if (ast._tag !== "TypeLiteral" || !isObject(input)) return input
  const known = new Set(ast.propertySignatures.map(({ name }) => name))
  return Object.fromEntries(Object.entries(input).filter(([name]) => known.has(name) || !envelope.has(name)))
}
