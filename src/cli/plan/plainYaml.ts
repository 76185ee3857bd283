/*
 * Reads the plain part of YAML, in which `hq plan export` and most programs write a plan: blocks, lists, and scalars on one line. The
 * package takes more than a second for 10,000 steps, since it remembers the place of every character.
 */

/** What makes a text more than plain, wherever it stands: control characters, and blanks and line ends other than the usual. */
const special = /[^\n\P{Cc}]|[^ \P{Z}]|\ufeff/u

const scalars =
  /^(?:(?<quoted>"(?:[^"\\]|\\(?:["\\/bfnrt]|u[\da-fA-F]{4}))*")|'(?<single>[^']*)'|(?<number>0|-?[1-9]\d{0,14})|(?<list>\[.*\])|(?<block>\|-?)|(?<plain>(?:[A-Za-z]|[1-9]\d*[a-df-z])(?:[^:#]*[^:# ])?))(?: +#.*)?$/

/** An item of a list between brackets, and what follows it. */
const items = /^ *(?:("(?:[^"\\]|\\(?:["\\/bfnrt]|u[\da-fA-F]{4}))*")|(0|-?[1-9]\d{0,14})|([A-Za-z][\w./*-]*)) *(?:,|$)/

/** Columns of indentation that are read at most: a plan needs few. */
const deepest = 40

/** Texts without quotes that are something else. */
const reserved = /^(?:true|false|null)$/i

const isPadding = (line: string): boolean => /^ *(?:#|$)/.test(line)

class MoreThanPlain extends Error {}

const refuse = (): never => {
  throw new MoreThanPlain()
}

const plainText = (text: string): string => (reserved.test(text) ? refuse() : text)

const listOf = (text: string): ReadonlyArray<unknown> => {
  const found: Array<unknown> = []
  let rest = text
  while (rest.trim() !== "") {
    const [whole, quoted, number, plain] = items.exec(rest) ?? refuse()
    found.push(
      quoted !== undefined ? JSON.parse(quoted) : number !== undefined ? Number(number) : plainText(plain as string)
    )
    rest = rest.slice((whole as string).length)
  }
  return found
}

const reader = (lines: ReadonlyArray<string>) => {
  let at = 0

  /** The next line that says something, or undefined at the end. */
  const next = (): string | undefined => {
    while (at < lines.length && isPadding(lines[at] as string)) at++
    return lines[at]
  }

  /** The lines below that are indented by more than this. Blank lines at their end belong to nobody. */
  const block = (indent: number, keepsEnd: boolean): string => {
    const [first = ""] = lines.slice(at, at + 1)
    const own = first.search(/[^ ]/)
    if (own <= indent) refuse()
    const found: Array<string> = []
    while (at < lines.length) {
      const line = lines[at] as string
      const start = line.search(/[^ ]/)
      if (start >= 0 && start < own) break
      found.push(line.slice(own))
      at++
    }
    while (found.at(-1) === "") found.pop()
    return `${found.join("\n")}${keepsEnd ? "\n" : ""}`
  }

  const scalar = (text: string, indent: number): unknown => {
    const { block: style, list, number, plain, quoted, single } = scalars.exec(text)?.groups ?? refuse()
    if (style !== undefined) return block(indent, style === "|")
    if (quoted !== undefined) return JSON.parse(quoted)
    if (list !== undefined) return listOf(list.slice(1, -1))
    return single ?? (number === undefined ? plainText(plain as string) : Number(number))
  }

  /** @param indent of the block; its first line may follow a dash */
  const map = (indent: number, first: string): Record<string, unknown> => {
    const found: Record<string, unknown> = {}
    let entry: string | undefined = first
    while (entry !== undefined) {
      const [start, key = ""] = /^([a-z][a-z_]*):(?= |$)/.exec(entry) ?? refuse()
      if (reserved.test(key) || Object.hasOwn(found, key) || key in {}) refuse()
      const text = entry.slice((start as string).length).trim()
      at++
      found[key] = text === "" || text.startsWith("#") ? below(indent) : scalar(text, indent)
      entry = sibling(indent)
    }
    return found
  }

  /** What the next line of this block says, or undefined if the block is over. */
  const sibling = (indent: number): string | undefined => {
    const line = next()
    return line?.search(/[^ ]/) === indent ? line.slice(indent) : undefined
  }

  const list = (indent: number): ReadonlyArray<unknown> => {
    const found: Array<unknown> = []
    let entry = sibling(indent)
    while (entry?.startsWith("- ")) {
      const text = entry.slice(2)
      if (/^[a-z_]+:/.test(text)) {
        found.push(map(indent + 2, text))
      } else {
        at++
        if (text.startsWith("|")) refuse()
        found.push(scalar(text.trim(), indent))
      }
      entry = sibling(indent)
    }
    return found
  }

  /** The value of a field that has none on its line. */
  const below = (indent: number): unknown => {
    const line = next()
    const start = line === undefined ? -1 : line.search(/[^ ]/)
    if (line === undefined || start < indent) return null
    if (start > deepest) refuse()
    if (line.startsWith("- ", start)) return list(start)
    return start === indent ? null : map(start, line.slice(start))
  }

  return () => {
    const line = next()
    if (line === undefined || line.startsWith(" ")) refuse()
    const found = map(0, line as string)
    return at < lines.length ? refuse() : found
  }
}

/** Returns the value of a text, or undefined if it is wrong or more than plain YAML. */
export const plainYaml = (text: string): unknown => {
  if (!text.endsWith("\n") || special.test(text)) return undefined
  try {
    return reader(text.slice(0, -1).split("\n"))()
  } catch (error) {
    if (error instanceof MoreThanPlain) return undefined
    throw error
  }
}
