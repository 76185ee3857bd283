import { readFileSync } from "node:fs"
import type { Random } from "./random.ts"

/* What diskFaults.c wrote down, and which files a loss of power may leave of it. */

/** A call, on the file of that name: what follows the database's path, or "/" for their folder. */
export type Entry =
  | { readonly kind: "create"; readonly name: string }
  | { readonly kind: "sync"; readonly name: string }
  | { readonly kind: "unlink"; readonly name: string }
  | { readonly kind: "write"; readonly name: string; readonly offset: number; readonly data: Buffer }
  | { readonly kind: "truncate"; readonly name: string; readonly size: number }
  /** A process wrote to its standard output. */
  | { readonly kind: "output"; readonly pid: number; readonly data: Buffer }

const kinds = ["create", "write", "sync", "truncate", "unlink", "output"] as const
const headBytes = 24

export const readJournal = (file: string): ReadonlyArray<Entry> => {
  const bytes = readFileSync(file)
  const entries: Array<Entry> = []
  for (let at = 0; at < bytes.length; ) {
    const [kind, pid, named, size] = [0, 4, 8, 12].map((field) => bytes.readUInt32LE(at + field)) as [
      number,
      number,
      number,
      number
    ]
    const offset = Number(bytes.readBigUInt64LE(at + 16))
    const name = bytes.toString("utf8", at + headBytes, at + headBytes + named)
    const data = bytes.subarray(at + headBytes + named, at + headBytes + named + size)
    at += headBytes + named + size
    const what = kinds[kind] as (typeof kinds)[number]
    if (what === "write") entries.push({ kind: what, name, offset, data })
    else if (what === "truncate") entries.push({ kind: what, name, size: offset })
    else if (what === "output") entries.push({ kind: what, pid, data })
    else entries.push({ kind: what, name })
  }
  return entries
}

type Change = Extract<Entry, { readonly kind: "write" | "truncate" }>

const change = (before: Buffer, entry: Change): Buffer => {
  if (entry.kind === "truncate") return Buffer.concat([before.subarray(0, entry.size)], entry.size)
  const { data, offset } = entry
  // What lies between the old end and the new part is zeros.
  const after = Buffer.concat([before], Math.max(before.length, offset + data.length))
  data.copy(after, offset)
  return after
}

/** A file's contents, whatever its name, if it still has one. */
interface Contents {
  synced: Buffer
  /** Since the last sync. */
  changes: ReadonlyArray<Change>
}

/** How much of what was not synced is kept. "some": any of it, in any order, the last of it in part. */
export type Keeps = "none" | "all" | "some"

const sector = 512

/** The part of a write up to the end of one of its sectors. */
const inPart = (random: Random, entry: Change): Change => {
  if (entry.kind === "truncate") return entry
  const { data, offset } = entry
  const whole = Math.floor((offset + data.length) / sector) - Math.floor(offset / sector)
  const end = (Math.floor(offset / sector) + random.int(0, whole)) * sector
  return { ...entry, data: data.subarray(0, Math.max(0, end - offset)) }
}

/** The disk as a journal's calls make it, one after the other. */
export class Disk {
  /** By name: what each was since the folder was last synced, the oldest first; undefined where there was no file. */
  readonly #names = new Map<string, ReadonlyArray<Contents | undefined>>()

  readonly #current = (name: string) => this.#names.get(name)?.at(-1)

  readonly play = (entry: Entry): void => {
    if (entry.kind === "output") return
    const { name } = entry
    if (entry.kind === "create" || entry.kind === "unlink") {
      const made = entry.kind === "create" ? { synced: Buffer.alloc(0), changes: [] } : undefined
      this.#names.set(name, [...(this.#names.get(name) ?? [undefined]), made])
    } else if (name === "/") {
      for (const [known, states] of this.#names) this.#names.set(known, states.slice(-1))
    } else {
      const contents = this.#current(name)
      // A file that has no name any more is gone whatever is done to it.
      if (contents === undefined) return
      if (entry.kind === "sync") {
        contents.synced = contents.changes.reduce(change, contents.synced)
        contents.changes = []
      } else contents.changes = [...contents.changes, entry]
    }
  }

  /** The files that the power may leave if it fails now. */
  readonly afterPowerLoss = (random: Random, keeps: Keeps): ReadonlyMap<string, Buffer> => {
    const files = new Map<string, Buffer>()
    for (const [name, states] of this.#names) {
      const contents = keeps === "some" ? random.pick(states) : states.at(keeps === "none" ? 0 : -1)
      if (contents === undefined) continue
      const { changes, synced } = contents
      const some = changes.filter(() => random.chance(0.5))
      const last = some.pop()
      const kept = {
        none: [],
        all: changes,
        some: last === undefined ? [] : [...some, inPart(random, last)]
      }[keeps]
      files.set(name, kept.reduce(change, synced))
    }
    return files
  }
}
