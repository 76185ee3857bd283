import type { FileSystem } from "@effect/platform/FileSystem"
import type { Path } from "@effect/platform/Path"
import * as Effect from "effect/Effect"
import * as Hash from "effect/Hash"
import { CannotWork } from "../../domain/Work.ts"
import type { Git, GitError } from "./git.ts"

type Lock = <A, E, R>(effect: Effect.Effect<A, E, R>) => Effect.Effect<A, E, R>

/** How many worktrees are changed at once. */
const atOnce = 4

/** Makes two locks: so many run beside each other, or one alone. None overtakes one that waits. */
const makeLocks = Effect.gen(function* () {
  const [gate, places] = [yield* Effect.makeSemaphore(1), yield* Effect.makeSemaphore(atOnce)]
  const taking =
    (count: number): Lock =>
    (effect) =>
      Effect.acquireUseRelease(
        gate.withPermits(1)(places.take(count)),
        () => effect,
        () => places.release(count)
      )
  return { beside: taking(1), alone: taking(atOnce) }
})

/** A git repository, and the folder beside it for worktrees and logs. */
export interface Repository {
  /** Where git is run for what concerns no worktree. */
  readonly root: string
  /** Makes the folder beside it, before the first step: where there is nothing to do, nothing is written. */
  readonly makeFolders: Effect.Effect<void, CannotWork>
  readonly worktrees: string
  /** For worktrees in which branches are merged: no name of a branch leads there. */
  readonly merges: string
  readonly logs: string
  /** Where locks are that hold over all processes. */
  readonly locks: string
  /** The commit from which new branches start. */
  readonly base: string
  /** Runs what changes one worktree, a few at once: git locks what worktrees share, but not the folder that lists them. */
  readonly beside: Lock
  /** Runs what must not fail because of that: nothing changes a worktree meanwhile. */
  readonly alone: Lock
}

/** A name for a file or folder: the text, if it is one already, else what is left of it and a hash. */
export const fileName = (text: string): string =>
  /^[a-z0-9][a-z0-9._-]{0,59}$/.test(text)
    ? text
    : `${text
        .replace(/[^\p{L}\p{N}._-]+/gu, "-")
        .replace(/^[.-]+/, "")
        .slice(0, 40)}-${(Hash.string(text) >>> 0).toString(16)}`

const orCannot = (reason: string, advice: string) =>
  Effect.mapError(({ message }: GitError) => new CannotWork({ reason: `${reason}: ${message}.`, advice }))

/**
 * Finds the repository of a folder and checks what every step needs: a name to commit with, and the base commit. Fails with CannotWork.
 *
 * @param base the project's base commit. Default: what is checked out
 */
export const find = (git: Git, path: Path, files: FileSystem, folder: string, base: string | undefined) =>
  Effect.gen(function* () {
    const common = (yield* git(folder, "rev-parse", "--path-format=absolute", "--git-common-dir").pipe(
      orCannot("Here is no git repository", "Run it in the repository that the steps work on.")
    )).trim()
    yield* git(folder, "var", "GIT_COMMITTER_IDENT").pipe(
      orCannot("Git does not know who commits", "Run: git config --global user.name <name>, and user.email <address>")
    )
    // As a hash: a name such as HEAD means something else in each worktree, and later.
    const name = base ?? "HEAD"
    const commit = yield* git(folder, "rev-parse", "--verify", "--quiet", "--end-of-options", `${name}^{commit}`).pipe(
      Effect.map((hash) => hash.trim()),
      Effect.mapError(
        () =>
          new CannotWork({
            reason: `The base commit ${name} is not in the repository ${common}.`,
            advice: "Run it in the repository that the plan was made for, or fetch the commit."
          })
      )
    )
    // Git lists worktrees by paths without symbolic links.
    const real = yield* Effect.orElseSucceed(files.realPath(common), () => common)
    const root = path.basename(real) === ".git" ? path.dirname(real) : real
    const home = `${root}.hq`
    const [worktrees, merges] = [path.join(home, "worktrees"), path.join(home, "merges")] as const
    const [logs, locks] = [path.join(home, "logs"), path.join(home, "locks")] as const
    const makeFolders = yield* Effect.cached(
      Effect.forEach([worktrees, logs, locks], (folder) => files.makeDirectory(folder, { recursive: true }), {
        discard: true
      }).pipe(
        Effect.mapError(
          ({ message }) =>
            new CannotWork({ reason: `The folder ${home} cannot be made: ${message}.`, advice: "Make it yourself." })
        )
      )
    )
    return {
      root,
      makeFolders,
      worktrees,
      merges,
      logs,
      locks,
      base: commit,
      ...(yield* makeLocks)
    } satisfies Repository
  })
