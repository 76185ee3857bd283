import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import { readSource } from "../../../src/cli/plan/source.ts"

const text = `# a plan
name: &n p
"base_commit": 'abc'
steps:
  - num: 1
    files: [a, "b c",
      d]
    description: |
      one

      two
  - { num: 2, title: *n }
*n : 1
after: 2
`

describe("readSource", () => {
  it.effect("reads YAML, and knows the line of each value", () =>
    Effect.gen(function* () {
      const { lineOf, value } = Either.getOrThrow(yield* readSource(text))
      const steps = [
        { num: 1, files: ["a", "b c", "d"], description: "one\n\ntwo\n" },
        { num: 2, title: "p" }
      ]
      assert.deepInclude(value, { name: "p", base_commit: "abc", steps })
      const lines = [
        [[], 2],
        [["name"], 2],
        [["base_commit"], 3],
        [["steps"], 4],
        [["steps", 0, "num"], 5],
        [["steps", 0, "files", 1], 6],
        [["steps", "0", "files", "2"], 7],
        [["steps", 0, "description"], 8],
        [["steps", 1, "title"], 12],
        [["steps", 1, "branch"], 12],
        [["after"], 14],
        [["none"], 2]
      ] as const
      assert.deepStrictEqual(
        lines.map(([path]) => [path, lineOf(path)]),
        lines.map(([path, line]) => [path, line])
      )
    })
  )

  it.effect("says where a text is no YAML, or more than a plan", () =>
    Effect.gen(function* () {
      const faults = [
        ["a: [1\nb: 2", { message: "deficient indentation", line: 2 }],
        ["a: 1\na: 2", { message: "duplicated mapping key", line: 2 }],
        ["a: 1\n---\nb: 2", { message: "must be one document: a plan, and no ---" }],
        ["[".repeat(20_000), { message: "nesting exceeded maxDepth (100)", line: 1 }]
      ] as const
      for (const [wrong, fault] of faults) {
        assert.deepStrictEqual(Either.flip(yield* readSource(wrong)), Either.right(fault), wrong.slice(0, 20))
      }
    })
  )

  it.effect("reads nothing where there is nothing", () =>
    Effect.gen(function* () {
      for (const empty of ["", "# only this\n", "null"]) {
        const { lineOf, value } = Either.getOrThrow(yield* readSource(empty))
        assert.isNull(value)
        assert.strictEqual(lineOf(["name"]), empty === "null" ? 1 : undefined)
      }
    })
  )
})
