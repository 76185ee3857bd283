import { mkdirSync, rmSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { assert, describe, it } from "vitest"
import {
  commitsOf,
  linksAfter,
  logArguments,
  statusArguments,
  worktreeState
} from "../../../src/layers/worker/gitTexts.ts"
import { git, makeRepository, realFolder } from "../../support/git.ts"

/** A repository with one commit, tagged base. */
const repository = () => {
  const folder = makeRepository(join(realFolder(), "app"), "-b", "main")
  git(folder, "tag", "base")
  const write = (file: string, text: string) => writeFileSync(join(folder, file), text)
  const commit = (message: string, ...files: ReadonlyArray<readonly [string, string]>) => {
    for (const [file, text] of files) write(file, text)
    git(folder, "add", "--all")
    git(folder, "commit", "-q", "--allow-empty", "--allow-empty-message", "-m", message)
    return git(folder, "rev-parse", "HEAD").trim()
  }
  return {
    write,
    commit,
    git: (...args: ReadonlyArray<string>) => git(folder, ...args),
    folder,
    state: () => worktreeState(git(folder, ...statusArguments)),
    commits: (...without: ReadonlyArray<string>) => commitsOf(git(folder, ...logArguments(without)))
  }
}

describe("the state of a worktree", () => {
  it("names commit and branch, and whether all is in a commit", () => {
    const { commit, folder, git, state, write } = repository()
    const head = commit("", ["f", "1"], [".gitignore", "out\n"])
    const clean = { commit: head, branch: "main", isClean: true, unmerged: [] }
    write("out", "ignored")
    assert.deepStrictEqual(state(), clean)
    git("switch", "-q", "-c", "a/# branch.head x".replaceAll(" ", "-"))
    assert.strictEqual(state().branch, "a/#-branch.head-x")
    git("switch", "-q", "--detach")
    assert.deepStrictEqual(state(), { ...clean, branch: undefined })
    // Settings of a user do not hide anything.
    git("config", "status.showUntrackedFiles", "no")
    mkdirSync(join(folder, "new folder"))
    assert.isTrue(state().isClean)
    write("new folder/# file", "")
    assert.isFalse(state().isClean)
    git("clean", "-qfd")
    write("f", "2")
    assert.isFalse(state().isClean)
    git("add", "f")
    assert.isFalse(state().isClean)
  })

  it("names the files of a merge that is not resolved", () => {
    const { commit, git, state } = repository()
    git("switch", "-q", "-c", "side")
    commit("side", ["same file", "1"], ["ü", "1"])
    git("switch", "-q", "main")
    commit("main", ["same file", "2"], ["ü", "2"])
    assert.throws(() => git("merge", "side"))
    assert.deepStrictEqual(state().unmerged, ["same file", "ü"])
    assert.isFalse(state().isClean)
  })
})

describe("commits of a branch", () => {
  it("are those on its first line, with what they changed, the newest first", () => {
    const { commit, commits, git } = repository()
    assert.deepStrictEqual(commits("HEAD"), [])
    const one = commit("One\n\nWith a body", ["a b", "1"], ["\nodd", "1"], ["ü", "1"])
    const empty = commit("Nothing")
    git("switch", "-q", "-c", "side")
    commit("Not on the line", ["side", "1"])
    git("switch", "-q", "main")
    git("merge", "-q", "--no-ff", "-m", "Merge", "side")
    const merge = git("rev-parse", "HEAD").trim()
    const untold = commit("", ["f", "1"])
    const found = [
      { hash: untold, isMerge: false, message: "", files: ["f"], links: [] },
      { hash: merge, isMerge: true, message: "Merge\n", files: [], links: [] },
      { hash: empty, isMerge: false, message: "Nothing\n", files: [], links: [] },
      { hash: one, isMerge: false, message: "One\n\nWith a body\n", files: ["\nodd", "a b", "ü"], links: [] }
    ]
    assert.deepStrictEqual(commits("base"), found)
    assert.deepStrictEqual(commits("base", one), found.slice(0, 3))
    assert.deepStrictEqual(commits("base", "side"), found.slice(0, 2))
  })

  it("has of a merge what differs from both sides, and takes no name of a file for a commit", () => {
    const { commit, commits, git, write } = repository()
    const first = commit("first", ["same", "0"])
    git("switch", "-q", "-c", "side")
    commit("side", ["same", "1"])
    git("switch", "-q", "main")
    const other = commit("other", ["same", "2"], ["other", ""])
    assert.throws(() => git("merge", "side"))
    const hash = "0123456789012345678901234567890123456789"
    write(hash, "")
    write(first, "")
    const merge = commit("merge", ["same", "12"])
    assert.deepStrictEqual(commits(first), [
      { hash: merge, isMerge: true, message: "merge\n", files: [hash, first, "same"].sort(), links: [] },
      { hash: other, isMerge: false, message: "other\n", files: ["other", "same"], links: [] }
    ])
  })

  it("knows what was renamed, and which folders are repositories of their own at the end", () => {
    const { commit, commits, folder, git } = repository()
    const one = commit("one", ["long name", "some text\n".repeat(20)])
    const nested = (name: string) => makeRepository(join(folder, name))
    nested("gone")
    nested("kept now")
    const two = commit("two")
    git("mv", "long name", "other name")
    rmSync(join(folder, "gone"), { recursive: true })
    const three = commit("three")
    const found = commits(one)
    assert.deepStrictEqual(found, [
      { hash: three, isMerge: false, message: "three\n", files: ["gone", "other name"], links: [] },
      { hash: two, isMerge: false, message: "two\n", files: ["gone", "kept now"], links: ["gone", "kept now"] }
    ])
    assert.deepStrictEqual(linksAfter(found), ["kept now"])
  })
})
