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
}

/** Asks for the commits on the first line of HEAD that none of these commits contains. */
export const logArguments = (without: ReadonlyArray<string>): ReadonlyArray<string> => [
  ...["log", "-c", "--name-only", "-z", "--format=%x00%H%x00%P%x00%B%x00"],
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
    const names = parts.slice(at + 3, next < 0 ? undefined : next).filter((name) => name !== "")
    // A line end is between a message and what follows, but not in merges.
    const files = isMerge ? names : names.map((name, index) => (index === 0 ? name.replace(/^\n/, "") : name))
    commits.push({ hash, isMerge, message, files })
    if (next < 0) break
    at = next
  }
  return commits
}
