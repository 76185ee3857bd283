import { expand } from "brace-expansion"
import { inLowerCase, letters, lowerUnit, otherCases } from "./letterCase.ts"
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

/**
 * Bounds of one glob: brace characters, alternatives they expand to, total characters of the alternatives, and what it costs to
 * compare (`costOf`). `listCost` bounds what all globs of a step cost together.
 */
const bounds = { braces: 40, alternatives: 100, characters: 4_096, cost: 2_048, listCost: 16_384 } as const

/** A range of UTF-16 code units, both ends included. */
export type Range = readonly [from: number, to: number]

/** One character of a name: a literal, or a class, whose ranges are sorted and apart. */
export type Character = string | ReadonlyArray<Range>

/** null matches any number of items. */
export type Sequence<Item> = ArrayLike<Item | null>

/** One name of a path: literal text, or every way to parse its wildcards. */
export type Name = string | ReadonlyArray<Sequence<Character>>

export interface Path {
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
  const found = [...ranges]
  for (const [from, to] of complement(complement(ranges))) {
    if (to - from < letters().length) {
      for (let unit = from; unit <= to; unit++) for (const other of otherCases(unit)) found.push([other, other])
    } else {
      for (const pair of letters()) {
        if (pair.some((unit) => from <= unit && unit <= to)) found.push(...pair.map((unit): Range => [unit, unit]))
      }
    }
  }
  return found
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
  const whole = wildcard === -1 && !isBelow ? leading.at(-1) : undefined
  return { names: [...names, ...end], leading, whole }
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

/**
 * Returns what an alternative costs to compare: the characters from its first name with wildcards on, and 16 for itself and for
 * each bracket. The names before cost nothing, because they are looked up as one text.
 */
const costOf = (alternative: string): number => {
  const names = alternative.split("/")
  const first = names.findIndex((name) => /[*?[]/.test(name))
  if (first === -1) return 0
  const compared = names.slice(first).join("/")
  return 16 + compared.length + 16 * (compared.split("[").length - 1)
}

const sum = (numbers: ReadonlyArray<number>): number => numbers.reduce((total, number) => total + number, 0)

const costs = "characters from the first wildcard on, and 16 for each alternative and each ["

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
  const cost = sum(alternatives.map(costOf))
  if (cost > bounds.cost) {
    return `must cost at most ${bounds.cost} to compare, but costs ${cost} (${costs}): use fewer wildcards and alternatives, or name the directory, such as src/api/**`
  }
  const isOutside = alternatives.some((alternative) => alternative.split("/").includes(".."))
  return isOutside ? "must not contain .. as a name" : undefined
}

/** Returns why the globs may not be those of one step, or undefined if they may. @param texts valid globs */
export const globsFault = (texts: ReadonlyArray<string>): string | undefined => {
  const cost = sum(texts.filter((text) => /[*?[]/.test(text)).flatMap((text) => expand(text).map(costOf)))
  return cost <= bounds.listCost
    ? undefined
    : `must cost at most ${bounds.listCost} to compare, but cost ${cost} together (${costs}): name directories, such as src/api/**, or split the step`
}
