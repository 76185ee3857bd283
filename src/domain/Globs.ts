import { expand } from "brace-expansion"
import { inLowerCase, letters, lowerUnit } from "./letterCase.ts"
import { limits } from "./Text.ts"

// Which files a step changes. Globs follow git's `:(glob)`, relative to the repository's root, and add braces:
//
//     *  ?           any characters, or one, within a name: never /
//     [a-z]  [!a-z]  one of these characters, or one of all others
//     **             as a whole name: any number of directories
//     {a,b}  {1..3}  each alternative
//
// Letters are compared without case, and in Unicode's normal form C: Windows and macOS have one file for such spellings.
//
// As in git, a glob may match a directory and then covers all files below it. `src/api` and `src/*` do so. `src/a.ts`
// and `**/*.ts` do not, because they have an extension. Otherwise `package.json` would overlap every `**/*.ts` by way
// of package.json/a.ts. A glob that ends in / or /** covers only what is below it. `app/[id]` also matches the
// directory of that literal name. When in doubt, the rules match too much: a needless wait is better than a failed
// merge.

/** Bounds of one glob: brace characters, alternatives they expand to, and total characters of the alternatives. */
const bounds = { braces: 40, alternatives: 100, characters: 4_096 } as const

/** A range of UTF-16 code units, both ends included. */
type Range = readonly [from: number, to: number]

/** One character of a name: a literal, or a class. */
type Character = string | ReadonlyArray<Range>

/** null matches any number of items. */
type Sequence<Item> = ArrayLike<Item | null>

/** One name of a path: literal text, or every way to parse its wildcards. */
type Name = string | ReadonlyArray<Sequence<Character>>

interface Path {
  readonly names: Sequence<Name>
  /** The directories before the first wildcard: "", "src/", "src/api/". */
  readonly leading: ReadonlyArray<string>
  /** The whole path. Undefined if it has wildcards or covers only what is below it. */
  readonly whole: string | undefined
}

/** The files that a glob or a path covers, parsed once and compared often. */
export interface Files {
  readonly text: string
  readonly alternatives: ReadonlyArray<Path>
}

const largestUnit = 0xffff
const slash: Range = [0x2f, 0x2f]

const complement = (ranges: ReadonlyArray<Range>): ReadonlyArray<Range> => {
  const found: Array<Range> = []
  let next = 0
  for (const [from, to] of ranges.toSorted((a, b) => a[0] - b[0])) {
    if (next < from) found.push([next, from - 1])
    next = Math.max(next, to + 1)
  }
  return next > largestUnit ? found : [...found, [next, largestUnit]]
}

const anyCharacter = complement([slash])

/** Adds the other case of every letter in the ranges. */
const withBothCases = (ranges: ReadonlyArray<Range>): ReadonlyArray<Range> => {
  const has = (unit: number) => ranges.some(([from, to]) => from <= unit && unit <= to)
  return [...ranges, ...letters().flatMap((pair) => (pair.some(has) ? pair.map((unit): Range => [unit, unit]) : []))]
}

/** Parses the text between the brackets of a class. A reversed range, as in `[user-id]`, is empty. */
const parseClass = (text: string): ReadonlyArray<Range> => {
  const isNegated = /^[!^]/.test(text)
  const parts = text.slice(isNegated ? 1 : 0).match(/.-.|./gs) as ReadonlyArray<string>
  const ranges = withBothCases(
    parts
      .map((part): Range => [part.charCodeAt(0), part.charCodeAt(part.length - 1)])
      .filter(([from, to]) => from <= to)
  )
  return complement([...(isNegated ? ranges : complement(ranges)), slash])
}

/**
 * Returns the index of the bracket that closes the class at `at`, or -1. A closing bracket right after the opening one
 * is literal.
 */
const classEnd = (text: string, at: number): number =>
  text.indexOf("]", at + (/[!^]/.test(text.charAt(at + 1)) ? 3 : 2))

/** @param hasClasses whether brackets form a class, or are literal */
const parseWildcards = (text: string, hasClasses: boolean): ReadonlyArray<Character | null> => {
  const items: Array<Character | null> = []
  for (let at = 0; at < text.length; at++) {
    const character = text[at] as string
    const end = hasClasses && character === "[" ? classEnd(text, at) : -1
    if (end !== -1) {
      items.push(parseClass(text.slice(at + 1, end)))
      at = end
    } else if (character === "?") items.push(anyCharacter)
    else if (character !== "*") items.push(lowerUnit(character))
    else if (items.at(-1) !== null) items.push(null)
  }
  return items
}

const parseName = (text: string): Name | null => {
  if (text === "**") return null
  if (!/[*?[]/.test(text)) return inLowerCase(text)
  const readings = text.includes("[")
    ? [parseWildcards(text, true), parseWildcards(text, false)]
    : [parseWildcards(text, false)]
  // Drops a parse with an empty class: it matches nothing.
  return readings.filter((items) => items.every((item) => item === null || item.length > 0))
}

const anyName: Name = [[null]]

/** Whether the name has no extension. `.github` and `[...slug]` have none. */
const mayBeDirectory = (name: string): boolean => !/[^.[]\.[^.]+$/.test(name)

/** Parses a path. Empty names and `.` are skipped. */
const pathOf = (text: string, read: (name: string) => Name | null, isOpen: (last: string) => boolean): Path => {
  const parts = text.split("/").filter((name) => name !== "" && name !== ".")
  const names = parts.map(read)
  const isBelow = text.endsWith("/") || names.at(-1) === null
  const end = isBelow ? [anyName, null] : isOpen(parts.at(-1) ?? "") ? [null] : []
  const wildcard = names.findIndex((name) => typeof name !== "string")
  const leading = [""]
  for (const part of wildcard === -1 ? parts : parts.slice(0, wildcard))
    leading.push(`${leading.at(-1)}${inLowerCase(part)}/`)
  return { names: [...names, ...end], leading, whole: wildcard === -1 && !isBelow ? leading.at(-1) : undefined }
}

/** Returns the files that a valid glob covers. */
export const ofGlob = (text: string): Files => {
  const glob = text.normalize("NFC")
  const alternatives = glob.includes("{") ? expand(glob, { max: bounds.alternatives }) : [glob]
  return { text, alternatives: alternatives.map((alternative) => pathOf(alternative, parseName, mayBeDirectory)) }
}

/** Returns a literal path without wildcards: a file, or everything below a directory if it ends in /. */
export const ofPath = (text: string): Files => ({
  text,
  alternatives: [pathOf(text.normalize("NFC"), inLowerCase, () => false)]
})

/** Returns why the glob is invalid, or undefined if it is valid. */
export const globFault = (text: string): string | undefined => {
  if (text.trim() === "") return "must not be empty or blank"
  if (text.length > limits.path) return `must have at most ${limits.path} characters`
  if (/\p{Cc}/u.test(text) || !text.isWellFormed()) return "must not contain control characters or broken Unicode"
  if (text.includes("\\")) return "must not contain a backslash: / parts names, [*] is a plain *"
  if (/^[!:]/.test(text)) return `must not begin with ${text[0]}: only name files, without exceptions or magic words`
  if (/\[:\w+:\]/.test(text)) return "must not contain a named class such as [:alpha:]: use ranges"
  if (text.replace(/[^{}]/g, "").length > bounds.braces) return `must have at most ${bounds.braces} braces`
  const alternatives = expand(text, { max: bounds.alternatives + 1 })
  if (alternatives.length === 0) return "must not be empty braces"
  if (alternatives.length > bounds.alternatives)
    return `must have at most ${bounds.alternatives} alternatives in braces`
  if (alternatives.join("").length > bounds.characters) return "must not be so long with so many alternatives in braces"
  if (alternatives.some((alternative) => /^(\/|~\/|[a-z]:\/)/i.test(alternative))) {
    return "must be relative to the root of the repository"
  }
  const isOutside = alternatives.some((alternative) => alternative.split("/").includes(".."))
  return isOutside ? "must not contain .. as a name" : undefined
}

/**
 * Whether some sequence matches both patterns. It visits every pair of positions once, so the cost is the product of
 * the lengths. The regular expressions of glob libraries backtrack exponentially in the number of stars.
 */
const intersect = <Item>(xs: Sequence<Item>, ys: Sequence<Item>, shareItem: (x: Item, y: Item) => boolean): boolean => {
  /** At j: whether the prefix of xs read so far can match the first j items of ys. */
  let reached = new Uint8Array(ys.length + 1)
  reached[0] = 1
  for (let j = 0; ys[j] === null; j++) reached[j + 1] = 1
  for (let i = 0; i < xs.length; i++) {
    const x = xs[i] as Item | null
    const next = new Uint8Array(ys.length + 1)
    if (x === null) next.fill(1, reached.indexOf(1))
    else {
      for (let j = 0; j < ys.length; j++) {
        const y = ys[j] as Item | null
        if (y === null) {
          if (reached[j] === 1) next[j] = 1
          if (next[j] === 1) next[j + 1] = 1
        } else if (reached[j] === 1 && shareItem(x, y)) next[j + 1] = 1
      }
    }
    if (!next.includes(1)) return false
    reached = next
  }
  return reached[ys.length] === 1
}

const rangesOf = (character: Character): ReadonlyArray<Range> =>
  typeof character === "string" ? [[character.charCodeAt(0), character.charCodeAt(0)]] : character

const shareCharacter = (x: Character, y: Character): boolean =>
  typeof x === "string" && typeof y === "string"
    ? x === y
    : rangesOf(x).some(([from, to]) => rangesOf(y).some((other) => from <= other[1] && other[0] <= to))

const readingsOf = (name: Name): ReadonlyArray<Sequence<Character>> => (typeof name === "string" ? [name] : name)

const shareName = (x: Name, y: Name): boolean =>
  typeof x === "string" && typeof y === "string"
    ? x === y
    : readingsOf(x).some((one) => readingsOf(y).some((other) => intersect(one, other, shareCharacter)))

/** Whether `one` is a literal path that equals `other` or is a parent directory of it. */
const isAbove = (one: Path, other: Path): boolean => one.whole !== undefined && other.leading.includes(one.whole)

const sharePath = (one: Path, other: Path): boolean =>
  isAbove(one, other) || isAbove(other, one) || intersect(one.names, other.names, shareName)

/** A glob or path of each list, which cover a common file. */
export type GlobPair = readonly [a: string, b: string]

/**
 * Returns a function that finds the first overlap of another list with `bs`, or undefined. It compares only paths with
 * a common literal prefix, so long lists cost no more than their length.
 */
export const finder = (bs: ReadonlyArray<Files>): ((as: ReadonlyArray<Files>) => GlobPair | undefined) => {
  type Entry = { readonly text: string; readonly path: Path }
  const ending = new Map<string, Array<Entry>>()
  const passing = new Map<string, Array<Entry>>()
  for (const { text, alternatives } of bs) {
    for (const path of alternatives) {
      path.leading.forEach((directory, at, all) => {
        const entries = at === all.length - 1 ? ending : passing
        const list = entries.get(directory)
        if (list === undefined) entries.set(directory, [{ text, path }])
        else list.push({ text, path })
      })
    }
  }
  return (as) => {
    for (const { text, alternatives } of as) {
      for (const path of alternatives) {
        const near = [passing.get(path.leading.at(-1) as string), ...path.leading.map((start) => ending.get(start))]
        for (const entries of near) {
          const found = entries?.find((entry) => sharePath(path, entry.path))
          if (found !== undefined) return [text, found.text]
        }
      }
    }
    return undefined
  }
}
