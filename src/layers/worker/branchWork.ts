import * as Effect from "effect/Effect"
import type { ClaimedStep } from "../../domain/Claim.ts"
import { limits } from "../../domain/Text.ts"
import { asked, type Git, GitError } from "./git.ts"
import {
  changedOf,
  commitsOf,
  inTheWayOfMerge,
  linksAfter,
  logArguments,
  stagedArguments,
  statusArguments,
  submoduleArguments,
  submodulesOf,
  type WorktreeState,
  worktreeState
} from "./gitTexts.ts"
import { wholeHash } from "./reportedCommit.ts"
import { nameOf } from "./stepTexts.ts"

/** Characters of the notes that a step leaves to those after it, at most. */
const maxNotes = 4000

/** A commit that a step builds on. */
export interface Built {
  readonly step_num: number
  readonly title?: string | undefined
  readonly branch: string
  readonly last_commit: string
}

/** What a command left on the branch of its step. */
export interface BranchResult {
  readonly commit: string
  /** Paths that the step's own commits changed. */
  readonly files: ReadonlyArray<string>
  /** The messages of these commits. */
  readonly notes: string
}

const has = (git: Git, folder: string, commit: string) =>
  asked(git(folder, "merge-base", "--is-ancestor", commit, "HEAD"))

const cannotBeMerged = (one: Built, branch: string) =>
  Effect.mapError(
    ({ code, message }: GitError) =>
      new GitError({
        code,
        message: `${nameOf(one)} (${one.last_commit}) cannot be merged into ${branch}: ${message}`
      })
  )

/** Says what to do about work that an earlier attempt left in a worktree, if that is why git refuses a merge. */
const leftInTheWay = (folder: string, error: GitError): GitError => {
  const names = inTheWayOfMerge(error.message)
  return names.length === 0
    ? error
    : new GitError({
        code: error.code,
        message: `what an earlier attempt left in ${folder} is in the way: ${names.join(", ")}; commit it there, move it elsewhere, or remove it`
      })
}

/** The same commits by their whole hashes. Fails with what is none. */
export const withHashes = (git: Git, root: string, branch: string, built: ReadonlyArray<Built>) =>
  Effect.forEach(built, (one) =>
    wholeHash(git, root, one.last_commit).pipe(
      cannotBeMerged(one, branch),
      Effect.map((last_commit): Built => ({ ...one, last_commit }))
    )
  )

/**
 * Merges what is missing of the commits that the step builds on. A conflict undoes that merge and fails with git's words.
 *
 * @param isNew whether no attempt has worked in the folder: git itself finds out fastest what a new branch has already
 */
export const mergeBuilt = (
  git: Git,
  folder: string,
  branch: string,
  built: ReadonlyArray<Built>,
  isNew: boolean
): Effect.Effect<void, GitError> =>
  Effect.forEach(
    built,
    (one) =>
      Effect.gen(function* () {
        if (!isNew) {
          if (yield* has(git, folder, one.last_commit)) return
          // An earlier attempt may have been killed within a merge.
          yield* Effect.ignore(git(folder, "merge", "--abort"))
        }
        yield* git(
          folder,
          "merge",
          "--quiet",
          "--no-edit",
          "-m",
          `Merge ${nameOf(one)} into ${branch}`,
          one.last_commit
        ).pipe(
          Effect.tapError(() => Effect.ignore(git(folder, "merge", "--abort"))),
          Effect.mapError((error) => leftInTheWay(folder, error)),
          cannotBeMerged(one, branch)
        )
      }),
    { discard: true }
  )

/** Fails if some of these folders are repositories that are no submodules: no branch has what is in them. */
const checkLinks = (git: Git, folder: string, links: ReadonlyArray<string>) =>
  Effect.gen(function* () {
    if (links.length === 0) return
    const registered = yield* Effect.orElseSucceed(git(folder, ...submoduleArguments), () => "")
    const others = links.filter((link) => !submodulesOf(registered).includes(link))
    if (others.length === 0) return
    return yield* new GitError({
      code: 1,
      message: `${others.join(", ")} in ${folder}: a git repository of its own, so that no commit of the step has what is in it; remove its .git and run git rm --cached on it, or make it a submodule`
    })
  })

/** Commits what is not committed. Returns whether there was anything. */
const commitAll = (git: Git, folder: string, { isClean }: WorktreeState, message: string) =>
  Effect.gen(function* () {
    if (isClean) return false
    yield* git(folder, "add", "--all")
    // Not all that is shown can be added, such as what changed within a submodule.
    const { files, links } = changedOf(yield* git(folder, ...stagedArguments))
    if (files.length === 0) return false
    yield* checkLinks(git, folder, links)
    yield* git(folder, "commit", "--quiet", "--message", message)
    return true
  })

/** Checks out the step's branch at HEAD with what is not committed, if the command has checked out something else. */
const bringToBranch = (git: Git, folder: string, { branch: current }: WorktreeState, branch: string) =>
  Effect.gen(function* () {
    if (current === branch) return
    if (!(yield* has(git, folder, `refs/heads/${branch}`))) {
      return yield* new GitError({
        code: 1,
        message: `the command left ${current ?? "a detached HEAD"} checked out, which does not contain the branch ${branch}`
      })
    }
    yield* git(folder, "switch", "--quiet", "--force-create", branch)
  })

/** As many as fit into one call. */
const fitting = (files: ReadonlyArray<string>): ReadonlyArray<string> => {
  const short = files.filter((file) => file.length <= limits.path)
  let size = 0
  const end = short.findIndex((file) => {
    size += file.length
    return size > limits.files
  })
  return end < 0 ? short : short.slice(0, end)
}

/**
 * Brings the branch to its end after a command that has succeeded.
 *
 * @param base from which the branch started
 * @param commits whether to commit what the command left uncommitted
 */
export const finish = (
  git: Git,
  folder: string,
  step: ClaimedStep,
  base: string,
  built: ReadonlyArray<Built>,
  commits: boolean
): Effect.Effect<BranchResult, GitError> =>
  Effect.gen(function* () {
    const state = worktreeState(yield* git(folder, ...statusArguments))
    if (commits && state.unmerged.length > 0) {
      return yield* new GitError({ code: 1, message: ["a merge is not resolved:", ...state.unmerged].join("\n") })
    }
    // Before the commit: what the command has checked out may be a branch of somebody else.
    yield* bringToBranch(git, folder, state, step.branch)
    const hasCommitted = commits && (yield* commitAll(git, folder, state, step.title ?? `${nameOf(step)}`))
    const below = [base, ...built.map(({ last_commit }) => last_commit)]
    if (!hasCommitted && below.includes(state.commit)) return { commit: state.commit, files: [], notes: "" }
    const own = commitsOf(yield* git(folder, ...logArguments(below)))
    yield* checkLinks(git, folder, linksAfter(own))
    const names = new Set(own.flatMap(({ files }) => files))
    const messages = own.filter(({ isMerge }) => !isMerge).map(({ message }) => message)
    const text = messages.reverse().join("\n").trim()
    return {
      // A commit of this attempt is the newest of those that nothing below contains.
      commit: own[0]?.hash ?? state.commit,
      files: fitting([...names].sort()),
      // What hq itself commits says no more than the title.
      notes: text === step.title ? "" : text.slice(0, maxNotes).toWellFormed()
    }
  })
