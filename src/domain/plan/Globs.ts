import { expand } from "brace-expansion"
import { limits } from "../Text.ts"

// Which files a step touches: globs as git reads them with `:(glob)`, from the root of the repository, and braces besides.
//
//     *  ?           any characters, one character, of one name: never /
//     [a-z]  [!a-z]  one of these characters, one of all others
//     **             as a whole name: any directories, or none
//     {a,b}  {1..3}  each of these
//
// As in git, what a glob matches may be a directory: then all that lies below is covered. `src/api` and `src/*` are taken that way,
// `src/a.ts` and `**/*.ts` are not, having an extension: else `package.json` would be in the way of every `**/*.ts`, by way of
// package.json/a.ts. With / or /** at its end a glob covers only what lies below. `app/[id]` is also the directory of that name.
// Where this is broader than was meant, two steps wait for each other in vain; were it narrower, their merge would fail.

/** Bounds of one glob: braces of either kind, alternatives that they make, characters of these together. */
const bounds = { braces: 40, alternatives: 100, characters: 4_096 } as const

/** UTF-16 code units, both included. */
type Range = readonly [from: number, to: number]

/** One character of a name: this one, or one of several. */
type Character = string | ReadonlyArray<Range>

/** null stands for any number of items. */
type Sequence<Item> = ArrayLike<Item | null>

/** One name of a path: its text, or every way to read its wildcards. */
type Name = string | ReadonlyArray<Sequence<Character>>

interface Path {
  readonly names: Sequence<Name>
  /** The directories up to the first wildcard: "", "src/", "src/api/". */
  readonly leading: ReadonlyArray<string>
  /** The whole path, where it has no wildcards and is not only what lies below it. */
  readonly whole: string | undefined
}

/** The files that a glob or a path stands for: read once, to be compared often. */
export interface Files {
  readonly text: string
  readonly alternatives: ReadonlyArray<Path>
}

const largestUnit = 0xffff
const slash: Range = [0x2f, 0x2f]

const othersThan = (ranges: ReadonlyArray<Range>): ReadonlyArray<Range> => {
  const found: Array<Range> = []
  let next = 0
  for (const [from, to] of ranges.toSorted((a, b) => a[0] - b[0])) {
    if (next < from) found.push([next, from - 1])
    next = Math.max(next, to + 1)
  }
  return next > largestUnit ? found : [...found, [next, largestUnit]]
}

const anyCharacter = othersThan([slash])

/** What stands between the brackets of a class. A range that runs backwards, as in the name `[user-id]`, holds nothing. */
const classOf = (text: string): ReadonlyArray<Range> => {
  const isNegated = /^[!^]/.test(text)
  const parts = text.slice(isNegated ? 1 : 0).match(/.-.|./gs) as ReadonlyArray<string>
  const ranges = parts
    .map((part): Range => [part.charCodeAt(0), part.charCodeAt(part.length - 1)])
    .filter(([from, to]) => from <= to)
  return othersThan([...(isNegated ? ranges : othersThan(ranges)), slash])
}

/** Where the class that begins there is closed, or -1: its first character may be the closing bracket itself. */
const classEnd = (text: string, at: number): number =>
  text.indexOf("]", at + (/[!^]/.test(text.charAt(at + 1)) ? 3 : 2))

/** @param hasClasses whether brackets make a class, or stand for themselves */
const reading = (text: string, hasClasses: boolean): ReadonlyArray<Character | null> => {
  const items: Array<Character | null> = []
  for (let at = 0; at < text.length; at++) {
    const character = text[at] as string
    const end = hasClasses && character === "[" ? classEnd(text, at) : -1
    if (end !== -1) {
      items.push(classOf(text.slice(at + 1, end)))
      at = end
    } else if (character === "?") items.push(anyCharacter)
    else if (character !== "*") items.push(character)
    else if (items.at(-1) !== null) items.push(null)
  }
  return items
}

const nameOf = (text: string): Name | null => {
  if (text === "**") return null
  if (!/[*?[]/.test(text)) return text
  const readings = text.includes("[") ? [reading(text, true), reading(text, false)] : [reading(text, false)]
  // A class that holds nothing leaves the other reading.
  return readings.filter((items) => items.every((item) => item === null || item.length > 0))
}

const anyName: Name = [[null]]

/** Whether a name has no extension: neither `.github` nor `[...slug]` has one. */
const mayBeDirectory = (name: string): boolean => !/[^.[]\.[^.]+$/.test(name)

/** Empty names and `.` are left out: they lead nowhere. */
const pathOf = (text: string, read: (name: string) => Name | null, isOpen: (last: string) => boolean): Path => {
  const parts = text.split("/").filter((name) => name !== "" && name !== ".")
  const names = parts.map(read)
  const isBelow = text.endsWith("/") || names.at(-1) === null
  const end = isBelow ? [anyName, null] : isOpen(parts.at(-1) ?? "") ? [null] : []
  const wildcard = names.findIndex((name) => typeof name !== "string")
  const leading = [""]
  for (const part of wildcard === -1 ? parts : parts.slice(0, wildcard)) leading.push(`${leading.at(-1)}${part}/`)
  return { names: [...names, ...end], leading, whole: wildcard === -1 && !isBelow ? leading.at(-1) : undefined }
}

/** What a glob covers; for one without a fault. */
export const ofGlob = (text: string): Files => {
  const alternatives = text.includes("{") ? expand(text, { max: bounds.alternatives }) : [text]
  return { text, alternatives: alternatives.map((alternative) => pathOf(alternative, nameOf, mayBeDirectory)) }
}

/** A path that was touched, as it is, without wildcards: a file, or with / at its end all of a directory. */
export const ofPath = (text: string): Files => ({
  text,
  alternatives: [
    pathOf(
      text,
      (name) => name,
      () => false
    )
  ]
})

/** Why a step cannot declare this glob, or undefined where it can. */
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
 * Whether some list of items is described by both. Every pair of positions is looked at once: however many stars there are, the
 * cost is the product of the lengths. The regular expressions that glob libraries make try all ways to share out the stars.
 */
const meet = <Item>(xs: Sequence<Item>, ys: Sequence<Item>, share: (x: Item, y: Item) => boolean): boolean => {
  /** At j: whether what is read of xs can be what stands before j in ys. */
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
        } else if (reached[j] === 1 && share(x, y)) next[j + 1] = 1
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
    : readingsOf(x).some((one) => readingsOf(y).some((other) => meet(one, other, shareCharacter)))

/** Whether one names a file or directory that the other names too, or leads through. */
const isAbove = (one: Path, other: Path): boolean => one.whole !== undefined && other.leading.includes(one.whole)

const sharePath = (one: Path, other: Path): boolean =>
  isAbove(one, other) || isAbove(other, one) || meet(one.names, other.names, shareName)

/** Two texts, one of either list, that stand for a common file. */
export type Overlap = readonly [a: string, b: string]

/**
 * Reads one list, to look for its files in others: the first of another list that overlaps with one of it, or undefined. Only what
 * leads to the same place before its first wildcard is compared, so that long lists of paths cost no more than their length.
 */
export const finder = (bs: ReadonlyArray<Files>): ((as: ReadonlyArray<Files>) => Overlap | undefined) => {
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
