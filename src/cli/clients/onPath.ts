import { accessSync, constants } from "node:fs"
import { delimiter, join } from "node:path"

const isExecutable = (file: string): boolean => {
  try {
    accessSync(file, constants.X_OK)
    return true
  } catch {
    return false
  }
}

const endings = process.platform === "win32" ? ["", ".cmd", ".exe"] : [""]

/** The program that a command without a path means; undefined if there is none. @param path as in PATH */
export const onPath = (command: string, path: string): string | undefined =>
  path
    .split(delimiter)
    .filter((folder) => folder !== "")
    .flatMap((folder) => endings.map((ending) => join(folder, `${command}${ending}`)))
    .find(isExecutable)
