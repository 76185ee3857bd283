/*
 * Paths of files in the form in which they are stored: relative to the repository's root, with / between names. Agents give the same
 * file in many spellings: with \ on Windows, with ./ from a shell, as a path of their own worktree.
 */

const isAbsolute = (path: string): boolean => /^(\/|[a-z]:\/)/i.test(path)

/** Drops empty names and `.`, and resolves `..` as far as names before it allow. @param isOne whether a name stands for one name */
const resolve = (path: string, isOne: (name: string) => boolean): string => {
  const names: Array<string> = []
  for (const name of path.split("/")) {
    const last = names.at(-1)
    if (name === ".." && last !== undefined && last !== ".." && isOne(last)) names.pop()
    else if (name !== "" && name !== ".") names.push(name)
  }
  if (names.length === 0) return path
  return `${path.startsWith("/") ? "/" : ""}${names.join("/")}${path.endsWith("/") ? "/" : ""}`
}

/** The path as it is stored, also if it is absolute or leads out of the repository. */
export const storedPath = (path: string): string =>
  resolve(path.normalize("NFC").replaceAll("\\", "/"), (name) => !/^[a-z]:$/i.test(name))

/** A backslash before every wildcard and nowhere else escapes them. A glob without escapes matches that literal name, too. */
const isEscaped = (glob: string): boolean => glob.includes("/") && !/\\(?![*?[\]{}!])/.test(glob)

/** The glob as it is stored. */
export const storedGlob = (glob: string): string =>
  resolve(glob.normalize("NFC").replaceAll("\\", isEscaped(glob) ? "" : "/"), (name) => !/\*\*|[{}]/.test(name))

/** Whether one of the paths is absolute, so that `inWorktree` may shorten it. */
export const hasAbsolute = (paths: ReadonlyArray<string>): boolean => paths.some(isAbsolute)

/** The path relative to the worktree, if it lies in that. Compared without case, because Windows' drives have either. */
export const inWorktree = (path: string, worktree: string): string => {
  const root = `${storedPath(worktree).replace(/\/$/, "")}/`
  const isBelow = isAbsolute(root) && path.length > root.length && path.toLowerCase().startsWith(root.toLowerCase())
  return isBelow ? path.slice(root.length) : path
}
