import { assert, describe, it } from "@effect/vitest"
import type { ClaimedStep } from "../../../src/domain/Claim.ts"
import { ProjectName } from "../../../src/domain/Ids.ts"
import { fileName } from "../../../src/layers/worker/repository.ts"
import { endOf } from "../../../src/layers/worker/stepLog.ts"
import { brief, nameOf } from "../../../src/layers/worker/stepTexts.ts"

const bytes = (text: string) => new TextEncoder().encode(text)

describe("brief", () => {
  it("says what to do, what it builds on, how earlier attempts ended, which files, and how to finish", () => {
    const step = {
      step_num: 7,
      title: "Parse it",
      description: "Write a parser.\nDone when the tests pass.",
      branch: "p/parse",
      scope: "api",
      attempt: 3,
      files: ["src/parse/**"],
      dependencies: [
        {
          step_num: 1,
          branch: "p/lex",
          last_commit: "abc",
          notes: "Tokens\nhave ends",
          files_modified: ["lex.ts"],
          files_modified_more: 2
        },
        { step_num: 2, title: "Docs", branch: "p/docs" }
      ],
      dependencies_more: 4,
      previous_attempts: [
        { attempt: 1, outcome: "failed", notes: "tests red" },
        { attempt: 2, outcome: "reopened", rejected: "no tests", notes: "all done" }
      ]
    } as unknown as ClaimedStep
    const [head] = brief(ProjectName.make("p"), step, true).split("\n## How to finish")
    assert.strictEqual(
      head,
      `# p, step 7: Parse it

You are in a git worktree of your own, on the branch p/parse (scope api, attempt 3).

Write a parser.
Done when the tests pass.

## It builds on

The commits of these steps are in your branch already:
- step 1, branch p/lex, commit abc
  Tokens
  have ends
  It changed lex.ts and 2 more.
- step 2: Docs, branch p/docs
- and 4 more steps

## Earlier attempts

- attempt 1 was failed
  tests red
- attempt 2 was reopened, because a review rejected it
  no tests
  all done
What they left is in this worktree and on its branch: go on from there.

## Files

Change only these, because other steps change others: src/parse/**
`
    )
    assert.include(brief(ProjectName.make("p"), step, false), "\nCommit, and exit with code 0 when the step is done.\n")
    assert.strictEqual(nameOf({ step_num: 2 }), "step 2")
  })
})

describe("endOf", () => {
  it("keeps the last 20 lines as plain text, each cut", () => {
    const lines = Array.from({ length: 30 }, (_, index) => `\u001b[31mline ${index}\u001b[0m`)
    const kept = endOf(bytes(`${lines.join("\n")}\n\n\u001b]0;title\u0007\r${"x".repeat(600)}\0\n`)).split("\n")
    assert.deepStrictEqual(
      [kept.length, kept[0], kept.at(-2), kept.at(-1)],
      [20, "line 11", "line 29", `${"x".repeat(500)}…`]
    )
  })
})

describe("fileName", () => {
  it("keeps plain names, and makes others plain and different", () => {
    assert.strictEqual(fileName("step-7.a_b"), "step-7.a_b")
    const others = ["a/b", "a-b/", "A", "../..", "ä b", "x".repeat(100)].map(fileName)
    assert.lengthOf(new Set(others), others.length)
    for (const name of others) assert.match(name, /^[\p{L}\p{N}-][\p{L}\p{N}._-]*$/u)
  })
})
