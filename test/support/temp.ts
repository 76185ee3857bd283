import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { afterAll } from "vitest"

const folders: Array<string> = []

afterAll(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true })
})

/** A folder of its own, removed after the tests of the file. */
export const tempFolder = (): string => {
  const folder = mkdtempSync(join(tmpdir(), "hq-test-"))
  folders.push(folder)
  return folder
}

/** Path of a database that does not exist yet, in a folder of its own. */
export const tempDatabase = (): string => join(tempFolder(), "hq.db")
