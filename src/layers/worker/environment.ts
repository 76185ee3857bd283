import * as Command from "@effect/platform/Command"
import type { CommandExecutor } from "@effect/platform/CommandExecutor"
import * as Effect from "effect/Effect"

/** Variables of a process. */
export type Environment = Readonly<Record<string, string>>

/** Settings that a person gave for any repository, so git itself hands them on to submodules. */
const forAnyRepository = ["GIT_CONFIG_PARAMETERS", "GIT_CONFIG_COUNT"]

/**
 * Finds out the environment of git and of programs: this process's, without the variables that bind git to a repository. A hook and
 * `git rebase --exec` set them, and with them git would change what the user has checked out, whatever folder it runs in.
 */
export const make = (executor: CommandExecutor): Effect.Effect<Environment> =>
  executor.string(Command.make("git", "rev-parse", "--local-env-vars")).pipe(
    // Without git, no program can work on a step either; its absence is told elsewhere.
    Effect.orElseSucceed(() => ""),
    Effect.map((names) => {
      const local = new Set(names.split("\n").filter((name) => !forAnyRepository.includes(name)))
      return Object.fromEntries(
        Object.entries(process.env).filter(
          (entry): entry is [string, string] => entry[1] !== undefined && !local.has(entry[0])
        )
      )
    })
  )

/**
 * The same for git when hq reads its words: they are English, while the encoding stays the user's, for hooks. What git asks is not asked
 * of a person who does not watch.
 */
export const forGit = ({ LC_ALL, ...others }: Environment): Environment => ({
  ...others,
  ...(LC_ALL === undefined || LC_ALL === "" ? {} : { LC_CTYPE: LC_ALL }),
  LC_MESSAGES: "C",
  GIT_TERMINAL_PROMPT: "0",
  GIT_EDITOR: "true"
})
