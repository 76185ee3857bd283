import * as Effect from "effect/Effect"
import { asked, type Git, GitError } from "./git.ts"

/* The commit that an agent says it has completed a step with. */

const isWhole = (hash: string): boolean => hash.length === 40 || hash.length === 64

/** Returns the whole hash. Fails if it is none of a commit in the repository, such as HEAD, which means another commit in each worktree. */
export const wholeHash = (git: Git, folder: string, commit: string): Effect.Effect<string, GitError> =>
  Effect.gen(function* () {
    const hash = commit.trim().toLowerCase()
    const isHash = /^[0-9a-f]{4,64}$/.test(hash)
    // Git itself finds out when it uses the hash.
    if (isHash && isWhole(hash)) return hash
    const found = isHash
      ? yield* git(folder, "rev-parse", "--verify", "--quiet", `${hash}^{commit}`).pipe(
          Effect.map((text) => text.trim()),
          Effect.orElseSucceed(() => "")
        )
      : ""
    // Else a branch has the name.
    if (isHash && found.startsWith(hash)) return found
    return yield* new GitError({ code: 1, message: `"${commit}" is not the hash of a commit in this repository` })
  })

/** Fails if the branch exists and does not contain the commit. */
export const checkIsOn = (git: Git, folder: string, branch: string, hash: string): Effect.Effect<void, GitError> =>
  Effect.gen(function* () {
    const ref = `refs/heads/${branch}`
    const isOn = yield* asked(git(folder, "merge-base", "--is-ancestor", hash, ref)).pipe(
      Effect.catchAll((error) =>
        Effect.flatMap(asked(git(folder, "show-ref", "--verify", "--quiet", ref)), (exists) =>
          exists ? error : Effect.succeed(true)
        )
      )
    )
    if (!isOn) {
      return yield* new GitError({ code: 1, message: `the commit ${hash} is not on the step's branch ${branch}` })
    }
  })
