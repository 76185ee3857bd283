/*
 * JSON as people keep it in configurations, with comments and trailing commas. It is changed in the text itself, so that all else in the
 * file stays as it was written.
 */

/** A value, and where it is in the text. */
interface Node {
  readonly start: number
  readonly end: number
  readonly value: unknown
  /** The members of an object. */
  readonly members?: ReadonlyMap<string, Node>
}

/** The text is no JSON. */
export class NotJson extends Error {}

const blanks = /(?:\s|\/\/[^\n]*|\/\*[\s\S]*?\*\/)*/y
const string = /"(?:[^"\\]|\\.)*"/y
const literal = /[^\s,\]}[{":/]+/y

const matched = (pattern: RegExp, text: string, at: number): string | undefined => {
  pattern.lastIndex = at
  return pattern.exec(text)?.[0]
}

const skip = (text: string, at: number): number => at + (matched(blanks, text, at) as string).length

const parsed = (found: string | undefined, at: number): { readonly value: unknown; readonly end: number } => {
  try {
    if (found !== undefined) return { value: JSON.parse(found), end: at + found.length }
  } catch {
    // Said below.
  }
  throw new NotJson()
}

const read = (text: string, from: number): Node => {
  const start = skip(text, from)
  const open = text[start]
  if (open !== "{" && open !== "[") {
    return { start, ...parsed(matched(open === '"' ? string : literal, text, start), start) }
  }
  const members = new Map<string, Node>()
  const items: Array<unknown> = []
  let at = skip(text, start + 1)
  while (text[at] !== (open === "{" ? "}" : "]")) {
    if (open === "[") {
      const item = read(text, at)
      items.push(item.value)
      at = skip(text, item.end)
    } else {
      const key = parsed(matched(string, text, at), at)
      const colon = skip(text, key.end)
      if (text[colon] !== ":") throw new NotJson()
      const member = read(text, colon + 1)
      members.set(key.value as string, member)
      at = skip(text, member.end)
    }
    if (text[at] === ",") at = skip(text, at + 1)
    else if (text[at] !== "}" && text[at] !== "]") throw new NotJson()
  }
  const end = at + 1
  return open === "["
    ? { start, end, value: items }
    : { start, end, members, value: Object.fromEntries(Array.from(members, ([key, { value }]) => [key, value])) }
}

const whole = (text: string): Node => {
  const source = text.trim() === "" ? "{}" : text
  const root = read(source, 0)
  if (skip(source, root.end) < source.length) throw new NotJson()
  return root
}

/** The value of such a text. Throws NotJson. */
export const parse = (text: string): unknown => whole(text).value

/**
 * The text with a member of its root's object set, however deep. Objects on the way are made if missing. Throws NotJson, also if something
 * on the way is no object.
 */
export const set = (text: string, [...path]: ReadonlyArray<string>, value: unknown): string => {
  if (text.trim() === "")
    return `${JSON.stringify(
      path.reduceRight((inner, key) => ({ [key]: inner }), value),
      undefined,
      2
    )}\n`
  const unit = /\n([ \t]+)"/.exec(text)?.[1] ?? "  "
  let node = whole(text)
  for (const [depth, key] of path.entries()) {
    if (node.members === undefined) throw new NotJson()
    const indent = unit.repeat(depth + 1)
    const printed = (what: unknown) => JSON.stringify(what, undefined, unit).replaceAll("\n", `\n${indent}`)
    const found = node.members.get(key)
    if (found === undefined) {
      const rest = path.slice(depth + 1).reduceRight<unknown>((inner, name) => ({ [name]: inner }), value)
      const member = `\n${indent}${JSON.stringify(key)}: ${printed(rest)}`
      const after = node.start + 1
      const isEmpty = node.members.size === 0 && text.slice(after, node.end - 1).trim() === ""
      return isEmpty
        ? `${text.slice(0, after)}${member}\n${unit.repeat(depth)}${text.slice(node.end - 1)}`
        : `${text.slice(0, after)}${member}${node.members.size === 0 ? "" : ","}${text.slice(after)}`
    }
    if (depth === path.length - 1) return `${text.slice(0, found.start)}${printed(value)}${text.slice(found.end)}`
    node = found
  }
  return text
}
