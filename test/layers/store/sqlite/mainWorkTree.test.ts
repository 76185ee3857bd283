import { mkdirSync, rmSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { mainWorkTree } from "../../../../src/layers/store/sqlite/mainWorkTree.ts"
import { git, makeRepository, realFolder } from "../../../support/git.ts"

const found = (folder: string) => Effect.runSync(mainWorkTree(folder))

const refusal = (folder: string) => Effect.runSync(Effect.flip(mainWorkTree(folder))).message

const below = (folder: string, ...names: ReadonlyArray<string>) => {
  const path = join(folder, ...names)
  mkdirSync(path, { recursive: true })
  return path
}

describe("mainWorkTree", () => {
  it("is the folder itself outside of a repository", () => {
    const folder = below(realFolder(), "a", "b")
    assert.strictEqual(found(folder), folder)
  })

  it("is the root of a repository, for each folder in it and in its .git", () => {
    const main = makeRepository(join(realFolder(), "main"))
    for (const folder of [main, below(main, "src", "deep"), join(main, ".git", "hooks")]) {
      assert.strictEqual(found(folder), main)
    }
  })

  it("is the same for all work trees, as git lists it", () => {
    const folder = realFolder()
    const main = makeRepository(join(folder, "main"))
    for (const path of [join(folder, "beside"), join(main, "within")]) {
      git(main, "worktree", "add", "-q", path)
      assert.include(git(path, "worktree", "list").split("\n")[0] ?? "", `${main} `)
      assert.strictEqual(found(below(path, "src")), main)
    }
  })

  it("follows work trees with relative paths", () => {
    const folder = realFolder()
    const main = makeRepository(join(folder, "main"))
    git(main, "worktree", "add", "-q", "../tree")
    writeFileSync(join(folder, "tree", ".git"), "gitdir: ../main/.git/worktrees/tree\n")
    assert.strictEqual(found(join(folder, "tree")), main)
  })

  it("of a submodule is the submodule's own, also for work trees of it", () => {
    const folder = realFolder()
    const outer = makeRepository(join(folder, "outer"))
    git(outer, "submodule", "add", "-q", makeRepository(join(folder, "library")), "vendor/inner")
    const inner = join(outer, "vendor", "inner")
    git(inner, "worktree", "add", "-q", join(folder, "tree"))
    for (const path of [below(inner, "src"), join(folder, "tree")]) assert.strictEqual(found(path), inner)
    assert.strictEqual(found(join(outer, "vendor")), outer)
  })

  it("of a bare repository is the repository's folder, whatever its name, also for its work trees", () => {
    const folder = realFolder()
    const main = makeRepository(join(folder, "main"))
    for (const [bare, shared] of [
      [join(folder, "bare.git"), join(folder, "bare.git")],
      [below(folder, "project", ".bare"), join(folder, "project", ".bare")],
      [join(folder, "hidden", ".git"), join(folder, "hidden")]
    ] as const) {
      git(folder, "clone", "-q", "--bare", main, bare)
      git(bare, "worktree", "add", "-q", "-b", "other", `${bare}-tree`)
      for (const path of [bare, join(bare, "refs"), `${bare}-tree`]) assert.strictEqual(found(path), shared)
    }
    writeFileSync(join(folder, "project", ".git"), "gitdir: ./.bare\n")
    assert.strictEqual(found(join(folder, "project")), join(folder, "project", ".bare"))
  })

  it("reads settings that a repository keeps for each work tree", () => {
    const folder = realFolder()
    const bare = join(folder, "store")
    git(folder, "clone", "-q", "--bare", makeRepository(join(folder, "main")), bare)
    git(bare, "worktree", "add", "-q", "-b", "other", join(folder, "tree"))
    git(bare, "config", "extensions.worktreeConfig", "true")
    git(bare, "config", "--unset", "core.bare")
    git(bare, "config", "--file", "config.worktree", "core.bare", "true")
    assert.strictEqual(found(join(folder, "tree")), bare)
  })

  it("of a separate git folder is known in the main work tree alone; elsewhere it is not guessed", () => {
    const folder = realFolder()
    const main = makeRepository(join(folder, "main"), `--separate-git-dir=${join(folder, "store")}`)
    git(main, "worktree", "add", "-q", join(folder, "tree"))
    assert.strictEqual(found(below(main, "src")), main)
    assert.strictEqual(
      refusal(join(folder, "tree")),
      `the git repository ${join(folder, "store")} does not say where its main work tree is; write an absolute path`
    )
  })

  it("is not guessed if the repository of a work tree is gone", () => {
    const folder = realFolder()
    const main = makeRepository(join(folder, "main"))
    git(main, "worktree", "add", "-q", join(folder, "tree"))
    rmSync(main, { recursive: true })
    assert.strictEqual(
      refusal(below(folder, "tree", "src")),
      `${folder}/tree/.git names ${main}/.git/worktrees/tree, which is not a git repository; write an absolute path`
    )
  })

  it("passes over a .git that is no repository", () => {
    const main = makeRepository(join(realFolder(), "main"))
    below(main, "empty", ".git")
    writeFileSync(join(below(main, "text"), ".git"), "notes\n")
    for (const name of ["empty", "text"]) assert.strictEqual(found(join(main, name)), main)
  })
})
