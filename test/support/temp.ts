import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { atEnd } from "./cleanup.ts"

/** A folder of its own, removed after the tests of the file. */
export const tempFolder = (): string => {
  const folder = mkdtempSync(join(tmpdir(), "hq-test-"))
  atEnd(() => rmSync(folder, { recursive: true, force: true }))
  return folder
}

/** Path of a database that does not exist yet, in a folder of its own. */
export const tempDatabase = (): string => join(tempFolder(), "hq.db")
