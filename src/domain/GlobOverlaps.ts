import type { Character, Files, Name, Path, Range, Sequence } from "./Globs.ts"

/*
 * Whether globs have a file in common. A pair of paths is compared as two automata, position by position, so its cost is at most the
 * product of their lengths. The regular expressions of glob libraries backtrack exponentially in the number of stars.
 */

/**
 * How much work comparisons may still do. A unit is a pair of positions, one of each glob. Once it is spent, what was not compared counts
 * as an overlap, because a needless wait is better than a failed merge.
 */
export interface Work {
  left: number
}

export const isSpent = ({ left }: Work): boolean => left < 0

/** Takes units from the work that is left. */
export const spend = (work: Work, units: number): void => {
  work.left -= units
}

/** Units that a look-up takes: about as long as so many pairs of positions. */
export const lookupUnits = 10

/** Units that it takes to compare two names whose first letters differ. */
const nameUnits = 5

/** Units that it takes to begin a comparison of two paths. */
const pairUnits = 50

/** Comparisons that took more units are remembered. */
const cheap = 2_000

/** Units that one pair of paths may take when it is settled: more than those of any two globs that are stored today. */
const maxPairUnits = 20_000_000

/** Comparisons that are remembered at most, about 100 bytes each. */
const maxVerdicts = 50_000

let verdicts = new WeakMap<Path, WeakMap<Path, boolean>>()
let verdictCount = 0

const verdictOf = (one: Path, other: Path): boolean | undefined => verdicts.get(one)?.get(other)

const remember = (one: Path, other: Path, verdict: boolean): void => {
  if (verdictCount >= maxVerdicts) {
    verdicts = new WeakMap()
    verdictCount = 0
  }
  const known = verdicts.get(one) ?? new WeakMap<Path, boolean>()
  verdicts.set(one, known.set(other, verdict))
  verdictCount++
}

/** Positions of a sequence and ranges of its classes. */
const sizeOf = (items: Sequence<Character>): number => {
  if (typeof items === "string") return items.length
  let size = 0
  for (let at = 0; at < items.length; at++) size += unitsOf(items[at] as Character | null)
  return size
}

const unitsOf = (item: Character | null): number => (item === null || typeof item === "string" ? 1 : item.length)

/**
 * Whether some sequence matches both patterns; true as soon as the work is spent. It visits every pair of positions once.
 *
 * @param units of work that one item takes against all of ys
 */
const intersect = <Item>(
  xs: Sequence<Item>,
  ys: Sequence<Item>,
  shareItem: (x: Item, y: Item) => boolean,
  work: Work,
  units: (x: Item | null) => number
): boolean => {
  /** At j: whether the prefix of xs read so far can match the first j items of ys. */
  let reached = new Uint8Array(ys.length + 1)
  reached[0] = 1
  for (let j = 0; ys[j] === null; j++) reached[j + 1] = 1
  for (let i = 0; i < xs.length; i++) {
    const x = xs[i] as Item | null
    spend(work, units(x))
    if (isSpent(work)) return true
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

/** Whether two lists of ranges, each sorted and apart, have a unit in common. */
const shareUnit = (xs: ReadonlyArray<Range>, ys: ReadonlyArray<Range>): boolean => {
  let i = 0
  let j = 0
  while (i < xs.length && j < ys.length) {
    const x = xs[i] as Range
    const y = ys[j] as Range
    if (x[0] <= y[1] && y[0] <= x[1]) return true
    if (x[1] < y[1]) i++
    else j++
  }
  return false
}

const rangesOf = (character: Character): ReadonlyArray<Range> =>
  typeof character === "string" ? [[character.charCodeAt(0), character.charCodeAt(0)]] : character

const shareCharacter = (x: Character, y: Character): boolean =>
  typeof x === "string" && typeof y === "string" ? x === y : shareUnit(rangesOf(x), rangesOf(y))

const readingsOf = (name: Name): ReadonlyArray<Sequence<Character>> => (typeof name === "string" ? [name] : name)

/** Whether both have a literal there, and not the same. */
const differ = (x: Character | null | undefined, y: Character | null | undefined): boolean =>
  typeof x === "string" && typeof y === "string" && x !== y

const shareReading = (xs: Sequence<Character>, ys: Sequence<Character>, work: Work): boolean => {
  // Most names differ in their first letter or in their last one.
  if (differ(xs[0], ys[0]) || differ(xs[xs.length - 1], ys[ys.length - 1])) return false
  const size = sizeOf(ys)
  return intersect(xs, ys, shareCharacter, work, (x) => size + ys.length * (unitsOf(x) - 1))
}

const shareName =
  (work: Work) =>
  (x: Name, y: Name): boolean =>
    typeof x === "string" && typeof y === "string"
      ? x === y
      : readingsOf(x).some((one) => readingsOf(y).some((other) => shareReading(one, other, work)))

/** Whether `one` is a literal path that equals `other` or is a parent directory of it. */
const isAbove = (one: Path, other: Path): boolean => one.whole !== undefined && other.leading.includes(one.whole)

const sharePath = (one: Path, other: Path, work: Work): boolean => {
  const units = nameUnits * other.names.length
  return intersect(one.names, other.names, shareName(work), work, () => units)
}

/** Two paths of which is not known whether they have a file in common, because the work was spent. */
export type Unsettled = readonly [one: Path, other: Path]

/** Whether the paths have a file in common; undefined if the work does not suffice to say so. */
const compare = (one: Path, other: Path, work: Work): boolean | undefined => {
  const known = verdictOf(one, other)
  spend(work, known === undefined ? pairUnits : lookupUnits)
  if (known !== undefined) return known
  if (isSpent(work)) return undefined
  const before = work.left
  const verdict = isAbove(one, other) || isAbove(other, one) || sharePath(one, other, work)
  if (isSpent(work)) return undefined
  if (before - work.left > cheap) remember(one, other, verdict)
  return verdict
}

/**
 * Compares two paths with as much work as two globs that may be stored take at most, and remembers the answer for later comparisons. An
 * earlier hq may have stored globs that take more: they count as an overlap. @param work from which the units are taken
 */
export const settle = ([one, other]: Unsettled, work: Work): void => {
  const own: Work = { left: maxPairUnits }
  remember(one, other, compare(one, other, own) ?? true)
  spend(work, maxPairUnits - own.left)
}

/** A glob or path of each list, which cover a common file. */
export type GlobPair = readonly [a: string, b: string]

/** A list of globs; undefined if the work did not suffice to parse it: then it may be any. */
export type Listed = ReadonlyArray<Files> | undefined

/** Globs, and whose they are. */
export interface Owned<Owner> {
  readonly owner: Owner
  readonly globs: Listed
}

/** What a list has in common with others. */
export interface Overlaps<Owner> {
  /** The owners of the others with which it overlaps, each with the first pair. */
  readonly found: ReadonlyMap<Owner, GlobPair>
  /** Pairs that count as overlaps because the work was spent, at most `maxUnsettled`. */
  readonly unsettled: ReadonlyArray<Unsettled>
}

const maxUnsettled = 1_000

/** Entries that are looked at after the work was spent, to find what is to be settled. */
const maxExtra = 10_000

/** The first glob of a list that was not compared. */
const textOf = (list: Listed): string => list?.[0]?.text ?? "**"

/**
 * Returns a function that finds which of the lists overlap with another one. It compares only paths with a common literal prefix, so
 * long lists cost no more than their length.
 */
export const finder = <Owner>(lists: ReadonlyArray<Owned<Owner>>, work: Work): ((as: Listed) => Overlaps<Owner>) => {
  type Entry = { readonly owner: Owner; readonly text: string; readonly path: Path }
  const ending = new Map<string, Array<Entry>>()
  const passing = new Map<string, Array<Entry>>()
  /** Lists that the work did not suffice for. */
  const rest: Array<Owned<Owner>> = []
  for (const list of lists) {
    if (list.globs === undefined) rest.push(list)
    for (const { text, alternatives } of list.globs ?? []) {
      if (isSpent(work)) {
        rest.push(list)
        break
      }
      for (const path of alternatives) {
        spend(work, lookupUnits * path.leading.length)
        path.leading.forEach((directory, at, all) => {
          const entries = at === all.length - 1 ? ending : passing
          const entry = { owner: list.owner, text, path }
          const known = entries.get(directory)
          if (known === undefined) entries.set(directory, [entry])
          else known.push(entry)
        })
      }
    }
  }

  return (as) => {
    const found = new Map<Owner, GlobPair>()
    /** Owners of which it is known for certain. */
    const certain = new Set<Owner>()
    const unsettled: Array<Unsettled> = []
    const [other] = as === undefined ? lists : rest
    if (other !== undefined && as?.length !== 0) found.set(other.owner, [textOf(as), textOf(other.globs)])
    if (as === undefined) return { found, unsettled }
    /** Entries that were looked at after the work was spent. */
    let extra = 0
    for (const { text, alternatives } of as) {
      for (const path of alternatives) {
        spend(work, lookupUnits * path.leading.length)
        const near = [passing.get(path.leading.at(-1) as string), ...path.leading.map((start) => ending.get(start))]
        for (const entries of near) {
          for (const entry of entries ?? []) {
            if (isSpent(work) && ++extra > maxExtra) {
              if (found.size === 0) found.set(entry.owner, [text, entry.text])
              return { found, unsettled }
            }
            spend(work, 1)
            if (certain.has(entry.owner)) continue
            const verdict = compare(path, entry.path, work)
            if (verdict === true) certain.add(entry.owner)
            if (verdict === undefined) unsettled.push([path, entry.path])
            if (verdict !== false && !found.has(entry.owner)) found.set(entry.owner, [text, entry.text])
            if (unsettled.length === maxUnsettled) return { found, unsettled }
          }
        }
      }
    }
    return { found, unsettled }
  }
}
