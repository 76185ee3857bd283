import * as fc from "effect/FastCheck"
import { assert, describe, it } from "vitest"
import { branchRefusal, branchWarnings, stepsByBranch } from "../../src/domain/Branches.ts"
import { git } from "../support/git.ts"
import { tempFolder } from "../support/temp.ts"

describe("a branch that git refuses", () => {
  // Outside of a repository, where @{-1} stands for no branch.
  const folder = tempFolder()
  const isTaken = (branch: string) => {
    try {
      git(folder, "check-ref-format", "--branch", branch)
      return true
    } catch {
      return false
    }
  }

  const agrees = (branch: string) => assert.strictEqual(branchRefusal(branch) === undefined, isTaken(branch), branch)

  it.each([
    ["main", undefined],
    ["step1/session-table", undefined],
    ["größe/日本語🙂", undefined],
    ["a\u00a0b", undefined],
    ["a@b", undefined],
    ["@", undefined],
    ["a/-b", undefined],
    ["refs/heads/x", undefined],
    ["a.b", undefined],
    ["a.locks", undefined],
    ["HEAD/x", undefined],
    ["", "it is empty"],
    ["-a", "it begins with -"],
    ["HEAD", "HEAD is what is checked out"],
    ["a\u0007b", "it contains a control character"],
    ["a\u007fb", "it contains a control character"],
    ["a b", "it contains a blank"],
    ["a~1", "it contains one of ~ ^ : ? * [ \\"],
    ["a^", "it contains one of ~ ^ : ? * [ \\"],
    ["a:b", "it contains one of ~ ^ : ? * [ \\"],
    ["a?", "it contains one of ~ ^ : ? * [ \\"],
    ["a*", "it contains one of ~ ^ : ? * [ \\"],
    ["a[b]", "it contains one of ~ ^ : ? * [ \\"],
    ["a\\b", "it contains one of ~ ^ : ? * [ \\"],
    ["a..b", "it contains two dots in a row"],
    ["a@{b", "it contains @{"],
    ["/a", "a name between / is empty"],
    ["a/", "a name between / is empty"],
    ["a//b", "a name between / is empty"],
    [".a", "a name between / begins with ."],
    ["a/.b", "a name between / begins with ."],
    ["a.lock", "a name between / ends with .lock"],
    ["a.lock/b", "a name between / ends with .lock"],
    ["a.", "it ends with ."]
  ])("%j: %s", (branch, why) => {
    assert.strictEqual(branchRefusal(branch), why)
    agrees(branch)
  })

  it("is one that git itself refuses, for random texts", () => {
    const part = fc.constantFrom(..."ab.-/@{}~^:?*[\\ \t\u007f\u0085ä", "..", ".lock", "HEAD", "@{", "//")
    const branch = fc.array(part, { maxLength: 6 }).map((parts) => parts.join(""))
    fc.assert(fc.property(branch, agrees), { numRuns: 300 })
  })
})

describe("warnings of branches", () => {
  const of = (...branches: ReadonlyArray<string>) =>
    branchWarnings(stepsByBranch(branches.map((branch, index) => ({ branch, step_num: index + 1 }))))

  it("say why git refuses one, and which steps have the same", () => {
    assert.deepStrictEqual(of("a", "b c", "d", "a"), [
      'The branch "a" is that of steps 1, 4: git checks it out in one worktree at a time.',
      'Git refuses the branch "b c" of step 2: it contains a blank. Change it with update_plan.'
    ])
  })

  it("are none without a reason", () => assert.deepStrictEqual(of("a", "A", "a/b"), []))

  it("name some steps and some branches, however many there are", () => {
    assert.include(of(...Array(10_000).fill("a"))[0], "is that of steps 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, …: git")
    const many = of(...Array.from({ length: 1_000 }, (_, index) => `a ${index}`))
    assert.lengthOf(many, 21)
    assert.strictEqual(many.at(-1), "And 980 more.")
  })
})
