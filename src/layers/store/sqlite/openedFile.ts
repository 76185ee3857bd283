import * as fs from "node:fs"
import * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"
import { StorageFailure } from "../../../domain/Errors.ts"
import { errorCode } from "./databaseFile.ts"

/** What tells files apart. An inode is not used again as long as somebody has the file open. */
export interface Identity {
  readonly dev: number
  readonly ino: number
}

/** Whether both are there, and one file. */
export const isSame = (one: Identity | undefined, other: Identity | undefined): boolean =>
  one !== undefined && other !== undefined && one.ino === other.ino && one.dev === other.dev

const look = (ask: typeof fs.statSync, path: string): fs.Stats | undefined => {
  try {
    return ask(path, { throwIfNoEntry: false })
  } catch {
    return undefined
  }
}

/** The file's entry, or that of the link at the path itself; undefined if there is none that this process can see. */
export const ownEntry = (path: string): fs.Stats | undefined => look(fs.lstatSync, path)

/** The entry of the file that the path leads to; undefined if there is none that this process can see. */
export const entry = (path: string): fs.Stats | undefined => look(fs.statSync, path)

interface OpenedFile {
  readonly fd: number
  users: number
}

/** Descriptors by file. Closing any of a file's descriptors would drop the locks that SQLite has on it in this process. */
const opened = new Map<string, OpenedFile>()

const keyOf = ({ dev, ino }: Identity) => `${dev}:${ino}`

const open = (path: string): OpenedFile => {
  const known = opened.get(keyOf(fs.statSync(path)))
  if (known !== undefined) {
    known.users++
    return known
  }
  // Not read-only: an overlay file system would then open the lower file, which is not the one that SQLite writes.
  const file = { fd: fs.openSync(path, "r+"), users: 1 }
  opened.set(keyOf(fs.fstatSync(file.fd)), file)
  return file
}

const close = (file: OpenedFile) => {
  if (--file.users > 0) return
  for (const [key, one] of opened) if (one === file) opened.delete(key)
  fs.closeSync(file.fd)
}

/**
 * A descriptor of the file, until the scope closes. SQLite must have closed the file by then.
 */
export const descriptor = (path: string): Effect.Effect<number, StorageFailure, Scope.Scope> =>
  Effect.map(
    Effect.acquireRelease(
      Effect.try({
        try: () => open(path),
        catch: (error) => new StorageFailure({ reason: `it cannot be opened for writing (${errorCode(error)})` })
      }),
      (file) => Effect.sync(() => close(file))
    ),
    ({ fd }) => fd
  )

const header = Buffer.alloc(100)

/**
 * The number that SQLite raises with every new content of the file's first page, so never less than before; undefined if the file is
 * none of SQLite's. It says nothing of what is still in the write-ahead log.
 *
 * @param before what it was, returned if the page is just being written
 */
export const changeCounter = (fd: number, before: number): number | undefined => {
  if (fs.readSync(fd, header, 0, header.length, 0) < header.length) return undefined
  if (header.toString("latin1", 0, 15) !== "SQLite format 3") return undefined
  const counter = header.readUInt32BE(24)
  // The page has it twice.
  return header.readUInt32BE(92) === counter ? counter : before
}
