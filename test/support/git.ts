import { execFileSync } from "node:child_process"
import { realpathSync } from "node:fs"
import { tempFolder } from "./temp.ts"

const identity = Object.fromEntries(
  ["AUTHOR", "COMMITTER"].flatMap((role) => [
    [`GIT_${role}_NAME`, "ada"],
    [`GIT_${role}_EMAIL`, "ada@example.org"]
  ])
)

/** Runs git in a folder, whatever the settings of the machine and of its user are; returns what it prints. */
export const git = (folder: string, ...args: ReadonlyArray<string>): string =>
  execFileSync("git", ["-c", "protocol.file.allow=always", ...args], {
    cwd: folder,
    env: { PATH: process.env.PATH, GIT_CONFIG_GLOBAL: "/dev/null", GIT_CONFIG_NOSYSTEM: "1", ...identity },
    encoding: "utf8",
    stdio: ["ignore", "pipe", "pipe"]
  })

/** A folder without symbolic links in its path, for git prints none. */
export const realFolder = (): string => realpathSync(tempFolder())

/** Makes a repository with one commit. */
export const makeRepository = (folder: string, ...options: ReadonlyArray<string>): string => {
  git("/", "init", "-q", ...options, folder)
  git(folder, "commit", "-q", "--allow-empty", "-m", "first")
  return folder
}
