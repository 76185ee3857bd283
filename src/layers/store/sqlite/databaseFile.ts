import * as fs from "node:fs"
import * as path from "node:path"
import * as Effect from "effect/Effect"
import { StorageFailure } from "../../../domain/Errors.ts"
import { makeFolder } from "./makeFolder.ts"

const refuse = (reason: string) => new StorageFailure({ reason })

/** The system's code for an error, such as EACCES. */
export const errorCode = (error: unknown): string =>
  error instanceof Error && "code" in error ? String(error.code) : "unknown error"

const isAllowed = (file: string, access: number): boolean => {
  try {
    fs.accessSync(file, access)
    return true
  } catch {
    return false
  }
}

/** What a file's entry says of it. */
export interface FileEntry {
  readonly uid: number
  readonly mode: number
}

/**
 * Why a user must not use the file; undefined if nothing forbids it. Root is no exception, because the owner of a file can change what
 * hq believes.
 *
 * @param user id of the process's user; undefined if the system has none
 */
export const ownerFault = ({ mode, uid }: FileEntry, user: number | undefined): string | undefined => {
  if (user !== undefined && uid !== user) {
    return `it belongs to another user (id ${uid}, and hq runs as ${user}); use a file of your own, or change its owner`
  }
  // Access checks always succeed for root, so the mode is checked as well.
  return (mode & 0o222) === 0 ? "it is read-only" : undefined
}

/** Whoever opens the file by its other name has another log, and the two damage what they share. */
const hardLinked =
  "it has a second name (a hard link), and SQLite damages a file that is opened by two: remove the other name"

/** Whether others than its owner may do something with a file of this mode. */
export const isOpenToOthers = (mode: number): boolean => (mode & 0o7777 & ~0o600) !== 0

/**
 * Makes the folder (0700) and an empty file (0600) if they are missing; SQLite's own files beside it then get that mode too. Fails in one
 * sentence if the file cannot be made or written.
 */
export const prepare = (file: string): Effect.Effect<void, StorageFailure> =>
  Effect.suspend(() => {
    try {
      makeFolder(path.dirname(file))
    } catch (error) {
      return refuse(`the folder ${path.dirname(file)} cannot be made (${errorCode(error)})`)
    }
    try {
      const stat = fs.statSync(file, { throwIfNoEntry: false })
      if (stat !== undefined) {
        if (!stat.isFile()) return refuse("it is not a file")
        const fault = ownerFault(stat, process.geteuid?.())
        if (fault !== undefined) return refuse(fault)
        if (stat.nlink > 1) return refuse(hardLinked)
        fs.accessSync(file, fs.constants.R_OK | fs.constants.W_OK)
      }
      // SQLite's files are beside the file itself, not beside a link to it.
      const folder = path.dirname(stat === undefined ? file : fs.realpathSync(file))
      if (!isAllowed(folder, fs.constants.W_OK | fs.constants.X_OK)) {
        return refuse(`the folder ${folder} is read-only, and SQLite must make files beside the database`)
      }
      if (stat === undefined) fs.closeSync(fs.openSync(file, "a", 0o600))
      return Effect.void
    } catch (error) {
      return refuse(`it cannot be opened for writing (${errorCode(error)})`)
    }
  })

/**
 * Takes the file, and SQLite's own files beside it, away from other users, with one warning if they had access. The database works
 * without that, so a file system that does not know modes is no error.
 */
export const tighten = (file: string): Effect.Effect<void> =>
  Effect.suspend(() => {
    // Without user ids, modes mean nothing.
    if (process.geteuid === undefined) return Effect.void
    const warnings: Array<string> = []
    try {
      const real = fs.realpathSync(file)
      for (const part of [real, `${real}-wal`, `${real}-shm`]) {
        const mode = fs.statSync(part, { throwIfNoEntry: false })?.mode
        if (mode === undefined || !isOpenToOthers(mode)) continue
        const before = (mode & 0o7777).toString(8).padStart(4, "0")
        fs.chmodSync(part, 0o600)
        warnings.push(`${part} was open to other users (mode ${before}): hq sets its mode to 0600`)
      }
    } catch (error) {
      warnings.push(`the mode of ${file} could not be made 0600 (${errorCode(error)})`)
    }
    return warnings[0] === undefined ? Effect.void : Effect.logWarning(warnings[0])
  })
