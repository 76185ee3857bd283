import { isSpent, spend, type Work } from "../../domain/GlobOverlaps.ts"
import { type Files, type Name, ofGlob, type Path } from "../../domain/Globs.ts"
import * as rows from "../store/rows.ts"

/** Bytes that the parsed globs of a process take at most, by the estimate of `weightOf`. */
export const maxBytes = 16 * 1024 * 1024

/** Units of work for a character of a list's JSON to look it up and to read it, and for a byte of what it is parsed into. */
const units = { lookup: 0.25, json: 1, byte: 3 } as const

const weightOfName = (name: Name | null): number => {
  if (name === null) return 8
  if (typeof name === "string") return 32 + name.length
  let bytes = 32
  for (const reading of name) {
    bytes += 32 + 8 * reading.length
    for (let at = 0; at < reading.length; at++) {
      const item = reading[at]
      if (item !== null && typeof item !== "string") bytes += 16 + 64 * (item?.length ?? 0)
    }
  }
  return bytes
}

const weightOfPath = ({ leading, names }: Path): number => {
  let bytes = 350
  for (const directory of leading) bytes += 40 + directory.length
  for (let at = 0; at < names.length; at++) bytes += weightOfName(names[at] as Name | null)
  return bytes
}

/** Bytes that a parsed glob takes, roughly. */
export const weightOf = ({ alternatives, text }: Files): number =>
  alternatives.reduce((bytes, path) => bytes + weightOfPath(path), 100 + 2 * text.length)

interface Entry {
  readonly texts: ReadonlyArray<string>
  /** The first of them, parsed. */
  readonly globs: Array<Files>
  bytes: number
}

/** Lists of globs by their JSON, so that each is parsed once, however often steps are claimed. The least recently used are dropped. */
export const make = (limit: number = maxBytes) => {
  const entries = new Map<string, Entry>()
  let bytes = 0

  const weigh = (entry: Entry, more: number) => {
    entry.bytes += more
    bytes += more
  }

  const entryOf = (json: string, work: Work): Entry => {
    const found = entries.get(json)
    if (found !== undefined) {
      entries.delete(json)
      entries.set(json, found)
      return found
    }
    spend(work, json.length * units.json)
    const made: Entry = { texts: rows.texts(json), globs: [], bytes: 0 }
    entries.set(json, made)
    weigh(made, 200 + 4 * json.length)
    return made
  }

  /** Keeps the entry that was used last. */
  const trim = () => {
    for (const [json, entry] of entries) {
      if (bytes <= limit || entries.size === 1) return
      entries.delete(json)
      bytes -= entry.bytes
    }
  }

  return {
    /** Bytes that it takes, by the estimate. */
    bytes: (): number => bytes,
    /** The globs of a JSON array; undefined if the work does not suffice to parse them. The next call goes on from there. */
    get: (json: string, work: Work): ReadonlyArray<Files> | undefined => {
      spend(work, json.length * units.lookup)
      if (isSpent(work)) return undefined
      const entry = entryOf(json, work)
      while (entry.globs.length < entry.texts.length && !isSpent(work)) {
        const files = ofGlob(entry.texts[entry.globs.length] as string)
        entry.globs.push(files)
        const more = weightOf(files)
        spend(work, units.byte * more)
        weigh(entry, more)
      }
      trim()
      return entry.globs.length < entry.texts.length ? undefined : entry.globs
    }
  }
}
