import type { ToolResult } from "../../src/mcp/Result.ts"

const isSame = (one: unknown, other: unknown): boolean => JSON.stringify(one) === JSON.stringify(other)

/** The strings and numbers of a JSON value. */
const leaves = (value: unknown): ReadonlyArray<string | number> => {
  if (typeof value === "object" && value !== null) return Object.values(value).flatMap(leaves)
  return typeof value === "string" || typeof value === "number" ? [value] : []
}

/** Characters of a name that a sentence has room for. */
const maxQuoted = 20

/** The words by which a sentence says the field: those of a list's first entry, because it may have no room for others. */
const wordsOf = (name: string, value: unknown): ReadonlyArray<string> => {
  if (name.endsWith("_more")) return ["more"]
  const shown = leaves(Array.isArray(value) ? value[0] : value)
  return shown.map((leaf) => (typeof leaf === "string" ? leaf.slice(0, maxQuoted) : String(leaf)))
}

/** Times are only in structuredContent: the sentence says when to ask again. */
const withoutTimes = (value: unknown): unknown =>
  JSON.parse(JSON.stringify(value, (name, field) => (/_at$/.test(name) ? undefined : field)))

/**
 * Returns what a model does not hear that gets nothing but the text: fields that only structuredContent has, and that
 * the text was cut.
 */
export const unsaid = ({ content, isError, structuredContent }: ToolResult): ReadonlyArray<string> => {
  const [first = "", more = ""] = content.map(({ text }) => text)
  const text: unknown = isError ? undefined : JSON.parse(first)
  const said = isError ? first : more
  const hidden = isError ? Object.entries(structuredContent.error as object) : Object.entries(structuredContent)
  const fields = isSame(text, structuredContent)
    ? []
    : hidden.filter(([name, value]) => name !== "_tag" && !isSame(value, text))
  const isSaid = (word: string) => said.includes(word) || said.includes(JSON.stringify(word).slice(1, -1))
  return [
    ...fields.filter(([name, value]) => !wordsOf(name, withoutTimes(value)).every(isSaid)).map(([name]) => name),
    ...(!isError && /…"|_more":/.test(first) && !/\bcut\b/.test(more) ? ["that it was cut"] : [])
  ]
}
