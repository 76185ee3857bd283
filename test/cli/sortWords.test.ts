import * as Args from "@effect/cli/Args"
import * as Options from "@effect/cli/Options"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Option from "effect/Option"
import * as Schema from "effect/Schema"
import { assert, describe, it } from "vitest"
import { entryWithoutStore } from "../../src/cli/base/Command.ts"
import { sortWords } from "../../src/cli/sortWords.ts"

const sample = entryWithoutStore({
  path: "sample",
  summary: "A sample",
  examples: [],
  takes: {
    file: Args.text({ name: "file" }),
    force: Options.boolean("force").pipe(Options.withAlias("f")),
    reason: Options.text("reason").pipe(Options.optional),
    n: Options.integer("number").pipe(Options.withDefault(1)),
    mode: Options.choice("mode", ["one", "two"])
  },
  answer: Schema.Struct({}),
  run: () => Effect.succeed({}),
  show: () => []
})

const said = (...words: ReadonlyArray<string>) =>
  Option.getOrUndefined(Either.getLeft(sortWords(sample, words)))?.message

describe("sortWords", () => {
  it("passes options that the command has, by each of their names, and their values", () => {
    for (const words of [
      ["a.db", "--force", "--json", "--no-color"],
      ["-f", "a.db"],
      ["--reason", "--not an option", "--mode", "one"],
      ["--reason=--x", "--number", "-1"],
      ["-", "-1"]
    ]) {
      assert.isUndefined(said(...words), words.join(" "))
    }
  })

  it("puts options first, each with its value, and keeps the order of the arguments", () => {
    assert.deepStrictEqual(
      sortWords(sample, ["-", "--json", "a", "--reason", "-", "--mode=one", "-1"]),
      Either.right({ options: ["--json", "--reason", "-", "--mode=one"], args: ["-", "a", "-1"] })
    )
  })

  it("refuses any other, also where a file is meant, and names the nearest", () => {
    assert.strictEqual(
      said("--forse", "a.db"),
      "hq sample has no option --forse. Did you mean --force? See: hq sample --help"
    )
    assert.strictEqual(said("--zzzzzzzz"), "hq sample has no option --zzzzzzzz. See: hq sample --help")
    assert.include(said("--force", "--wrong=1") ?? "", "no option --wrong")
    assert.include(said("-x") ?? "", "no option -x")
  })
})
