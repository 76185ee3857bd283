import type { FileSystem } from "@effect/platform/FileSystem"
import type { Path } from "@effect/platform/Path"
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import { asked, type Git, GitError } from "./git.ts"
import { fileName, type Repository } from "./repository.ts"

/** Milliseconds after which a worktree for one use is taken for one that was left behind. */
const longAgo = 3_600_000

interface Listed {
  readonly path: string
  /** Without refs/heads/. Undefined if its HEAD is detached. */
  readonly branch: string | undefined
  /** Whether git was killed while it made or removed this worktree. */
  readonly isBroken: boolean
}

/** A worktree for an attempt. */
export interface Prepared {
  readonly folder: string
  /** Whether its branch was made with it, so that nothing is on it yet. */
  readonly isNew: boolean
}

/** Worktrees as `git worktree list --porcelain` prints them. The first is the main one. */
const listed = (text: string): ReadonlyArray<Listed> =>
  text
    .split("\n\n")
    .filter((part) => part.trim() !== "")
    .map((part) => {
      const lines = part.trim().split("\n")
      const valueOf = (name: string) => lines.find((line) => line.startsWith(`${name} `))?.slice(name.length + 1)
      return {
        path: valueOf("worktree") as string,
        branch: valueOf("branch")?.replace(/^refs\/heads\//, ""),
        isBroken: valueOf("locked") === "initializing" || lines.some((line) => line.startsWith("prunable"))
      }
    })

/** Makes, finds and removes worktrees of a repository. */
export const make = (
  git: Git,
  files: FileSystem,
  path: Path,
  { alone, base, beside, merges, root, worktrees }: Repository
) => {
  const list = Effect.map(git(root, "worktree", "list", "--porcelain"), listed)

  const isBranch = (branch: string) => asked(git(root, "show-ref", "--verify", "--quiet", `refs/heads/${branch}`))

  /** Git keeps a lock if it is killed; whoever held this one is gone, because the worktree is one attempt's. */
  const unlock = (folder: string) =>
    Effect.flatMap(git(folder, "rev-parse", "--path-format=absolute", "--git-path", "index.lock"), (file) =>
      Effect.ignore(files.remove(file.trim()))
    )

  const removeBroken = (folder: string) =>
    Effect.zipRight(
      Effect.ignore(files.remove(folder, { recursive: true, force: true })),
      Effect.ignore(git(root, "worktree", "remove", "--force", "--force", folder))
    )

  /** Whether a worktree that is made again when it is missed was made long ago. */
  const isOld = (folder: string) =>
    Effect.gen(function* () {
      const { mtime } = yield* files.stat(path.join(folder, ".git"))
      const now = yield* Clock.currentTimeMillis
      return Option.match(mtime, { onNone: () => false, onSome: (made) => now - made.getTime() > longAgo })
    }).pipe(Effect.orElseSucceed(() => true))

  /** Makes the branch from the base commit, and checks it out in a folder. Fails if there is such a branch. */
  const branchOff = (folder: string, branch: string) =>
    git(root, "worktree", "add", "--quiet", "--no-track", "-b", branch, folder, base)

  /** Checks the branch out in a folder. A branch that does not exist is made. */
  const checkOut = (folder: string, branch: string) =>
    Effect.flatMap(isBranch(branch), (exists) =>
      exists ? git(root, "worktree", "add", "--quiet", folder, branch) : branchOff(folder, branch)
    )

  const isThere = (folder: string): Effect.Effect<boolean> => Effect.orElseSucceed(files.exists(folder), () => false)

  const isIn = (home: string, folder: string) => folder.startsWith(`${home}${path.sep}`)

  /** Makes the branch and its worktree. Returns whether nothing was in the way. */
  const prepareNew = (folder: string, branch: string) =>
    Effect.flatMap(isThere(folder), (there) =>
      there ? Effect.succeed(false) : beside(Effect.isSuccess(branchOff(folder, branch)))
    )

  /** Says what to do about a folder that is no worktree. */
  const inTheWay = (folder: string) => (error: GitError) =>
    error.message.includes(`'${folder}' already exists`)
      ? new GitError({
          code: error.code,
          message: `${folder} is in the way: it is no worktree of ${root}; move it elsewhere, or remove it`
        })
      : error

  /** Goes on in the worktree of an earlier attempt, or makes it. Returns its folder. */
  const prepareAgain = (folder: string, branch: string, earlier: ReadonlyArray<string>) =>
    Effect.gen(function* () {
      const linked = (yield* list).slice(1)
      const isKnown = (one: Listed) =>
        isIn(worktrees, one.path) || earlier.some((text) => path.resolve(text) === one.path)
      const kept = linked.find((one) => one.branch === branch && isKnown(one) && !one.isBroken)
      const there = linked.find((one) => one.path === folder)
      if (kept !== undefined) {
        yield* unlock(kept.path)
        return kept.path
      }
      if (there !== undefined && !there.isBroken) {
        // The command of an earlier attempt left another branch checked out.
        yield* unlock(folder)
        yield* git(folder, "switch", "--quiet", branch)
        return folder
      }
      if (there !== undefined) yield* removeBroken(folder)
      yield* checkOut(folder, branch).pipe(Effect.mapError(inTheWay(folder)))
      return folder
    })

  return {
    /**
     * Returns a worktree on the branch. One of an earlier attempt is gone on with, as it was left.
     *
     * @param earlier folders in which earlier attempts worked
     */
    prepare: (branch: string, earlier: ReadonlyArray<string>): Effect.Effect<Prepared, GitError> =>
      Effect.gen(function* () {
        const folder = path.join(worktrees, fileName(branch))
        const isNew = earlier.length === 0 && (yield* prepareNew(folder, branch))
        // Only what is in the way makes it worth to look around.
        return { isNew, folder: isNew ? folder : yield* alone(prepareAgain(folder, branch, earlier)) }
      }),

    /** Where the branch is checked out, if it is. */
    of: (branch: string): Effect.Effect<string | undefined, GitError> =>
      Effect.map(list, (all) => all.find((one) => one.branch === branch && !one.isBroken)?.path),

    /** Makes the branch, if there is none. */
    ensureBranch: (branch: string): Effect.Effect<void, GitError> =>
      alone(
        Effect.flatMap(isBranch(branch), (exists) => Effect.unless(git(root, "branch", branch, base), () => exists))
      ),

    /**
     * Makes a worktree on no branch to merge in. Removes those that workers left which were killed.
     *
     * @param name tells it from those of other workers
     */
    makeForMerges: (name: string, commit: string): Effect.Effect<string, GitError> =>
      alone(
        Effect.gen(function* () {
          const others = (yield* list).filter((one) => isIn(merges, one.path) && one.branch === undefined)
          yield* Effect.forEach(others, (one) => Effect.whenEffect(removeBroken(one.path), isOld(one.path)))
          const folder = path.join(merges, name)
          yield* git(root, "worktree", "add", "--detach", folder, commit)
          return folder
        })
      ),

    isThere,

    /** Removes a worktree of ours, unless something in it is in no commit. */
    remove: (folder: string): Effect.Effect<void> =>
      isIn(worktrees, folder) || isIn(merges, folder)
        ? beside(Effect.ignore(git(root, "worktree", "remove", folder)))
        : Effect.void
  }
}

export type Worktrees = ReturnType<typeof make>
