import * as fs from "node:fs"
import * as path from "node:path"
import * as Effect from "effect/Effect"
import { StorageFailure } from "../../../domain/Errors.ts"

/** The text of a file; undefined if it cannot be read. */
const readText = (file: string): string | undefined => {
  try {
    return fs.readFileSync(file, "utf8")
  } catch {
    return undefined
  }
}

/** Whether there is an entry of that name, even a link to nothing, as HEAD may be one. */
const exists = (file: string): boolean => {
  try {
    return fs.lstatSync(file, { throwIfNoEntry: false }) !== undefined
  } catch {
    return false
  }
}

/** The folder that all work trees of the repository share: the git folder itself, unless it is one of a linked work tree. */
const commonFolder = (gitFolder: string): string => {
  const pointer = readText(path.join(gitFolder, "commondir"))
  return pointer === undefined ? gitFolder : path.resolve(gitFolder, pointer.trim())
}

/** Git's own test: any folder may be called `.git`, and a bare repository has any name. */
const isGitFolder = (folder: string): boolean => {
  const common = commonFolder(folder)
  return exists(path.join(folder, "HEAD")) && ["objects", "refs"].every((name) => exists(path.join(common, name)))
}

/** The values of the section `core` that say where a repository's work tree is. */
const coreConfig = (common: string) => {
  // The second file has them if the repository keeps settings for each work tree.
  const text = ["config", "config.worktree"].map((name) => readText(path.join(common, name)) ?? "").join("\n")
  const core = new Map<string, string>()
  let section = ""
  for (const line of text.split(/\r?\n/)) {
    section = /^\s*\[([^\]]*)\]/.exec(line)?.[1]?.trim().toLowerCase() ?? section
    const [, key, value] = /^\s*(\w+)\s*=\s*"?(.*?)"?\s*$/.exec(line) ?? []
    if (section === "core" && key !== undefined && value !== undefined) core.set(key.toLowerCase(), value)
  }
  return { worktree: core.get("worktree"), isBare: core.get("bare")?.toLowerCase() === "true" }
}

/**
 * The main work tree by the rule of `git worktree list`, and by `core.worktree`, which git writes for a submodule.
 *
 * @param around the folder that has the `.git` entry, if there is one
 */
const mainOf = (gitFolder: string, around: string | undefined): Effect.Effect<string, StorageFailure> => {
  const common = commonFolder(gitFolder)
  const { isBare, worktree } = coreConfig(common)
  if (worktree !== undefined) return Effect.succeed(path.resolve(common, worktree))
  if (path.basename(common) === ".git") return Effect.succeed(path.dirname(common))
  // A bare repository has no main work tree, but its own folder is the same for all linked ones.
  if (isBare) return Effect.succeed(common)
  if (around !== undefined && common === gitFolder) return Effect.succeed(around)
  return new StorageFailure({
    reason: `the git repository ${common} does not say where its main work tree is; write an absolute path`
  })
}

/**
 * The main work tree of the git repository around a folder; the folder itself outside of a repository. Reads git's files directly,
 * because git may not be installed. Fails if the repository's files do not say it: a guess could give each work tree a file of its own.
 */
export const mainWorkTree = (folder: string): Effect.Effect<string, StorageFailure> =>
  Effect.suspend(() => {
    for (let around = folder; ; around = path.dirname(around)) {
      const entry = path.join(around, ".git")
      if (isGitFolder(entry)) return mainOf(entry, around)
      const [, pointer] = /^gitdir:\s*(.*?)\s*$/.exec(readText(entry) ?? "") ?? []
      if (pointer !== undefined) {
        const gitFolder = path.resolve(around, pointer)
        if (isGitFolder(gitFolder)) return mainOf(gitFolder, around)
        return new StorageFailure({
          reason: `${entry} names ${gitFolder}, which is not a git repository; write an absolute path`
        })
      }
      if (isGitFolder(around)) return mainOf(around, undefined)
      if (around === path.dirname(around)) return Effect.succeed(folder)
    }
  })
