/* What git prints for programs, and what it means. */

/** What a worktree has checked out, and what in it is in no commit. */
export interface WorktreeState {
  readonly commit: string
  /** Undefined if HEAD is detached. */
  readonly branch: string | undefined
  readonly isClean: boolean
  /** Files of a merge that is not resolved. */
  readonly unmerged: ReadonlyArray<string>
}

/** Asks for the state of a worktree, whatever the user's settings leave out of it. */
export const statusArguments = [
  ...["status", "--porcelain=v2", "--branch", "-z"],
  ...["--no-renames", "--untracked-files=normal", "--ignore-submodules=none"]
]

export const worktreeState = (text: string): WorktreeState => {
  const parts = text.split("\0")
  const valueOf = (name: string) => parts.find((part) => part.startsWith(`# ${name} `))?.slice(name.length + 3) ?? ""
  const branch = valueOf("branch.head")
  return {
    commit: valueOf("branch.oid"),
    branch: branch === "(detached)" ? undefined : branch,
    isClean: parts.every((part) => part === "" || part.startsWith("# ")),
    // u <XY> <sub> <m1> <m2> <m3> <mW> <h1> <h2> <h3> <path>
    unmerged: parts.filter((part) => part.startsWith("u ")).map((part) => part.split(" ").slice(10).join(" "))
  }
}

/** A commit of a branch. */
export interface Commit {
  readonly hash: string
  readonly isMerge: boolean
  readonly message: string
  /** What it changed; of a merge, only what differs from both sides. */
  readonly files: ReadonlyArray<string>
  /** Of these, the folders of which git has only the commit of another repository. */
  readonly links: ReadonlyArray<string>
}

/** Paths that a commit changed. */
type Changed = Pick<Commit, "files" | "links">

/** Asks for what is staged. */
export const stagedArguments = ["diff", "--cached", "--raw", "-z", "--no-renames"]

/** What `--raw -z` prints: for each path `:<mode before> <mode> <hash before> <hash> <status>`, of a merge with what each parent has. */
export const changedOf = (text: string): Changed => {
  const parts = text.split("\0").filter((part) => part !== "")
  const [files, links]: [Array<string>, Array<string>] = [[], []]
  for (let at = 0; at < parts.length; ) {
    // A line end is between the message of a commit and what follows, but not in merges.
    const [, colons = "", rest = ""] = /^\n?(:+)(.*)$/.exec(parts[at] as string) ?? []
    const fields = rest.split(" ")
    // The name before stands between.
    const isRenamed = colons.length === 1 && /^[RC]/.test(fields.at(-1) as string)
    at += isRenamed ? 2 : 1
    const file = parts[at++] as string
    files.push(file)
    if (fields[colons.length] === "160000") links.push(file)
  }
  return { files, links }
}

/** Paths that are links after these commits, the newest first. */
export const linksAfter = (commits: ReadonlyArray<Changed>): ReadonlyArray<string> => {
  const seen = new Set<string>()
  return commits.flatMap(({ files, links }) => {
    const found = links.filter((link) => !seen.has(link))
    for (const file of files) seen.add(file)
    return found
  })
}

/** Asks for the paths of the submodules that are registered in the index, and reads the answer. */
export const submoduleArguments = ["config", "--blob", ":.gitmodules", "-z", "--get-regexp", "^submodule\\..*\\.path$"]
export const submodulesOf = (text: string): ReadonlyArray<string> =>
  text.split("\0").map((entry) => entry.slice(entry.indexOf("\n") + 1))

/** Asks for the commits on the first line of HEAD that none of these commits contains. */
export const logArguments = (without: ReadonlyArray<string>): ReadonlyArray<string> => [
  ...["log", "-c", "--raw", "-z", "--format=%x00%H%x00%P%x00%B%x00"],
  ...["--first-parent", "HEAD", "--not", ...without, "--"]
]

/** The commits, the newest first. Each names the next in the list as its first parent, so that no file's name is taken for a commit. */
export const commitsOf = (text: string): ReadonlyArray<Commit> => {
  const parts = text.split("\0")
  const commits: Array<Commit> = []
  for (let at = 1; at < parts.length; ) {
    const [hash = "", parents = "", message = ""] = parts.slice(at, at + 3)
    const [first] = parents.split(" ")
    const next = parts.findIndex((part, index) => index > at + 3 && part === first && parts[index - 1] === "")
    const isMerge = parents.includes(" ")
    const changed = changedOf(parts.slice(at + 3, next < 0 ? undefined : next).join("\0"))
    commits.push({ hash, isMerge, message, ...changed })
    if (next < 0) break
    at = next
  }
  return commits
}

/** The files and folders with uncommitted work that a merge does not overwrite. Empty if git refuses it for another reason. */
export const inTheWayOfMerge = (words: string): ReadonlyArray<string> =>
  /would be overwritten by merge|would lose untracked files/.test(words)
    ? [...words.matchAll(/^\t(.+)$/gm)].map(([, name]) => name as string)
    : []
