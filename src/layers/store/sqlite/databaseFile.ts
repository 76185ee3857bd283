import * as fs from "node:fs"
import * as path from "node:path"
import * as Effect from "effect/Effect"
import { StorageFailure } from "../../../domain/Errors.ts"

const refuse = (reason: string) => new StorageFailure({ reason })

const explain = (error: unknown): string =>
  error instanceof Error && "code" in error ? String(error.code) : "unknown error"

/**
 * Makes the folder (0700) and an empty file (0600) if they are missing; SQLite's own files beside it then get that mode too. Fails in one
 * sentence if the file cannot be made or written.
 */
export const prepare = (file: string): Effect.Effect<void, StorageFailure> =>
  Effect.suspend(() => {
    const folder = path.dirname(file)
    try {
      fs.mkdirSync(folder, { recursive: true, mode: 0o700 })
    } catch (error) {
      return refuse(`the folder ${folder} cannot be made (${explain(error)})`)
    }
    try {
      const stat = fs.statSync(file, { throwIfNoEntry: false })
      if (stat === undefined) {
        fs.closeSync(fs.openSync(file, "a", 0o600))
        return Effect.void
      }
      if (!stat.isFile()) return refuse("it is not a file")
      // Access checks always succeed for root, so the mode is checked as well.
      if ((stat.mode & 0o222) === 0) return refuse("it is read-only")
      fs.accessSync(file, fs.constants.R_OK | fs.constants.W_OK)
      return Effect.void
    } catch (error) {
      return refuse(`it cannot be opened for writing (${explain(error)})`)
    }
  })
