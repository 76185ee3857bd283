import * as Command from "@effect/platform/Command"
import type { CommandExecutor } from "@effect/platform/CommandExecutor"
import * as Data from "effect/Data"
import * as Effect from "effect/Effect"
import * as Stream from "effect/Stream"
import { type Environment, forGit } from "./environment.ts"

/** Git refused; `message` has its own words. */
export class GitError extends Data.TaggedError("GitError")<{ readonly code: number; readonly message: string }> {}

/** Runs git in a folder. Returns what it prints on standard output. */
export type Git = (folder: string, ...args: ReadonlyArray<string>) => Effect.Effect<string, GitError>

export const make = (executor: CommandExecutor, environment: Effect.Effect<Environment>): Git =>
  Effect.fnUntraced(
    function* (folder, ...args) {
      const process = yield* executor.start(
        Command.make("git", "-C", folder, ...args).pipe(
          Command.env(forGit(yield* environment), { extendEnv: false }),
          Command.stdin(Stream.empty)
        )
      )
      const text = <E>(output: Stream.Stream<Uint8Array, E>) => Stream.mkString(Stream.decodeText(output))
      const [out, words, code] = yield* Effect.all([text(process.stdout), text(process.stderr), process.exitCode], {
        concurrency: "unbounded"
      })
      // Git says on standard output what of a merge conflicts.
      if (code !== 0) return yield* new GitError({ code, message: `${words}${out}`.trim() })
      return out
    },
    (effect) =>
      Effect.scoped(effect).pipe(
        Effect.catchAll((error) =>
          error._tag === "GitError"
            ? error
            : new GitError({ code: -1, message: `git could not be run: ${error.message}` })
        )
      )
  )

/** Whether git answers yes to a question, to which it says no with exit code 1. */
export const asked = (question: Effect.Effect<string, GitError>): Effect.Effect<boolean, GitError> =>
  Effect.as(question, true).pipe(
    Effect.catchIf(
      ({ code }) => code === 1,
      () => Effect.succeed(false)
    )
  )
