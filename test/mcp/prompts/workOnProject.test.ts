import { execFileSync } from "node:child_process"
import { existsSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { assert, describe, it } from "@effect/vitest"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import { workOnProject } from "../../../src/mcp/prompts/workOnProject.ts"
import type { Coordination } from "../../../src/services/Coordination.ts"
import { tempFolder } from "../../support/temp.ts"

/** The git commands of the prompt, with its placeholders. */
const commands = Effect.map(
  Effect.provide(workOnProject.get({ project: "p" }), Context.empty() as Context.Context<Coordination>),
  (prompt) => Array.from(JSON.stringify(prompt).matchAll(/`(git [^`]+)`/g), ([, command]) => command)
)

const branch = "step1/work"

/** A repository with one commit, and the prompt's commands to run in it. */
const scene = Effect.gen(function* () {
  const folder = tempFolder()
  const repository = join(folder, "repository")
  const git = (...args: ReadonlyArray<string>) =>
    execFileSync("git", ["-C", repository, ...args], { encoding: "utf8", stdio: "pipe" })
  execFileSync("git", ["init", "-q", repository])
  git("-c", "user.name=a", "-c", "user.email=a@b", "commit", "-q", "--allow-empty", "-m", "base")
  const base = git("rev-parse", "HEAD").trim()
  const all = yield* commands
  /** Runs a command of the prompt. @param path of the new worktree @param worktree of the earlier attempt */
  const run = (command: string, path: string, worktree = path) => {
    assert.include(all, command)
    const filled = command
      .replace("<path>", path)
      .replace("<worktree>", worktree)
      .replace("<branch>", branch)
      .replace("<base_commit>", base)
    return git(...filled.split(" ").slice(1))
  }
  return { all, folder, run }
})

const add = "git worktree add <path> -b <branch> <base_commit>"

describe("the git commands of work_on_project", () => {
  it.effect("begin a step, and go on in the worktree that an earlier attempt left", () =>
    Effect.gen(function* () {
      const { folder, run } = yield* scene
      const first = join(folder, "first")
      run(add, first)
      writeFileSync(join(first, "draft.txt"), "half done")
      // The agent dies; the next one tries what it would for a new step.
      const second = join(folder, "second")
      assert.throws(() => run(add, second), /already exists/)
      assert.include(run("git worktree list", second), first)
      assert.include(run("git -C <worktree> status", second, first), "draft.txt")
      assert.strictEqual(run("git -C <worktree> log <base_commit>..", second, first), "")
      assert.strictEqual(readFileSync(join(first, "draft.txt"), "utf8"), "half done")
    })
  )

  it.effect("go on with the branch if the worktree's folder is gone", () =>
    Effect.gen(function* () {
      const { folder, run } = yield* scene
      const [first, second] = [join(folder, "first"), join(folder, "second")]
      run(add, first)
      rmSync(first, { recursive: true })
      run("git worktree prune", second)
      run("git worktree add <path> <branch>", second)
      assert.isTrue(existsSync(join(second, ".git")))
    })
  )
})
