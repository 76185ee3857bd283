import * as fs from "node:fs"
import * as path from "node:path"

const isFolder = (file: string): boolean => fs.statSync(file, { throwIfNoEntry: false })?.isDirectory() === true

/** Makes a folder (0700) and those above it, unless they are there. Node's own `recursive` tries for ever under /proc, where none can be made. */
export const makeFolder = (folder: string): void => {
  if (isFolder(folder)) return
  if (path.dirname(folder) !== folder) makeFolder(path.dirname(folder))
  try {
    fs.mkdirSync(folder, { mode: 0o700 })
  } catch (error) {
    // Another process was faster.
    if (!isFolder(folder)) throw error
  }
}
