import { readFileSync } from "node:fs"
import { assert, describe, it } from "@effect/vitest"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Schema from "effect/Schema"
import { cliSchema } from "../../scripts/cliSchema.ts"
import { urlOf } from "../../scripts/docsParts.ts"
import { type Entry, jsonFormat } from "../../src/cli/base/Command.ts"
import { exitCode } from "../../src/cli/base/exitCode.ts"
import { groups } from "../../src/cli/commands.ts"
import * as Coordination from "../../src/layers/Coordination.ts"
import { cli, type Ran } from "../support/cli.ts"
import { free, hq } from "../support/hq.ts"
import { tempDatabase, tempFolder } from "../support/temp.ts"

/** A database that cannot be opened, or made. */
const nowhere = "/dev/null/hq.db"

const entries = groups.flatMap((group) => group.entries)

/** The words of an example, without what a shell does with them. */
const wordsOf = (line: string): ReadonlyArray<string> =>
  Array.from(line.replace(/ [|>].*$/s, "").matchAll(/'([^']*)'|"([^"]*)"|(\S+)/g), ([, a, b, c]) => a ?? b ?? c ?? "")

/** An example as a program runs it: with its JSON, in a home that is empty. */
const asProgram = ({ path }: Entry, line: string, home: string): ReadonlyArray<string> => {
  const words = wordsOf(line).map((word) => word.replace(/^~/, home))
  return [...path, "--json", ...words.slice(path.length).filter((word) => word !== "--json")]
}

const errorAnswer = Schema.Struct({
  format: Schema.Literal(jsonFormat),
  error: Schema.Struct(
    { _tag: Schema.NonEmptyString, message: Schema.NonEmptyString },
    Schema.Record({ key: Schema.String, value: Schema.Unknown })
  )
})

const strict = { onExcessProperty: "error", errors: "all" } as const

/** Every line of an answer is its schema's, or the last one tells the error that the exit code names. */
const isAnswer = ({ answer, path }: Entry, { code, err, out }: Ran) => {
  const what = `${path.join(" ")} (code ${code}): ${out}${err}`
  const lines = out.split("\n")
  assert.strictEqual(lines.pop(), "", what)
  for (const line of lines) {
    const { format, ...value } = JSON.parse(line) as Record<string, unknown>
    assert.strictEqual(format, jsonFormat, what)
    if ("error" in value) {
      assert.notStrictEqual(code, exitCode.ok, what)
      Schema.decodeUnknownSync(errorAnswer)(JSON.parse(line))
    } else Schema.decodeUnknownSync(answer, strict)(value)
  }
  assert.notInclude(out + err, "\u001b", what)
  assert.include(Object.values(exitCode), code, what)
}

/** Commands that watch go on until they are ended. */
const forAMoment = (run: Effect.Effect<Ran>) =>
  Effect.map(Effect.timeoutOption(run, Duration.seconds(2)), Option.getOrUndefined)

const full = Effect.gen(function* () {
  const filename = tempDatabase()
  yield* Effect.provide(
    Effect.gen(function* () {
      yield* hq.create("myapp", { ...free(8), 9: [1] })
      yield* hq.finish("a", { project: "myapp" })
      yield* hq.takeAndStart("b", { project: "myapp" })
      yield* hq.failNext("c", { project: "myapp" })
    }),
    Coordination.layerSqlite({ filename })
  )
  return filename
})

describe("every command", () => {
  it("has a path of its own, one line that says what it does, and examples of it", () => {
    const paths = entries.map(({ path }) => path.join(" "))
    assert.strictEqual(new Set(paths).size, paths.length)
    for (const { examples, path, summary } of entries) {
      assert.match(summary, /^[A-Z][^\n]{10,70}[^.\n]$/, path.join(" "))
      assert.isNotEmpty(examples)
      for (const [line, what] of examples) {
        assert.deepStrictEqual(wordsOf(line).slice(0, path.length), path)
        assert.isNotEmpty(what)
      }
    }
  })

  for (const entry of entries) {
    const { examples, path } = entry

    describe(`hq ${path.join(" ")}`, () => {
      it.effect("has help with its examples, within the terminal, without opening the store", () =>
        Effect.gen(function* () {
          const help = yield* cli(nowhere, [...path, "--help"])
          assert.deepStrictEqual([help.code, help.err], [0, ""])
          for (const [line] of examples) assert.include(help.out, `hq ${line}`)
          const narrow = yield* cli(nowhere, [...path, "--help", "--no-color"], { columns: 80 })
          for (const line of narrow.out.split("\n")) assert.isAtMost(line.length, 80, line)
        })
      )

      it.effect("refuses an option that it does not have with exit code 2, in words and in JSON", () =>
        Effect.gen(function* () {
          const wrong = [...path, "--no-such-option"]
          const words = yield* cli(nowhere, wrong)
          assert.deepStrictEqual([words.code, words.out], [exitCode.usage, ""])
          assert.match(words.err, /^hq: /)
          assert.notInclude(words.err, "\u001b")
          const json = yield* cli(nowhere, [...wrong, "--json"])
          assert.deepStrictEqual([json.code, json.err], [exitCode.usage, ""])
          isAnswer(entry, json)
          assert.strictEqual(JSON.parse(json.out).error._tag, "UsageError")
        })
      )

      it.live("answers its examples in JSON by its schema, on an empty store and on a full one", () =>
        Effect.gen(function* () {
          for (const [line] of examples) {
            for (const store of [Effect.sync(tempDatabase), full]) {
              const home = tempFolder()
              const words = asProgram(entry, line, home)
              const ran = yield* forAMoment(cli(yield* store, words, { place: { home, folder: home } }))
              if (ran !== undefined) isAnswer(entry, ran)
            }
          }
        })
      )
    })
  }
})

describe("docs/cli.schema.json", () => {
  it("is what the commands' schemas say", () => {
    assert.strictEqual(
      readFileSync(urlOf("docs/cli.schema.json"), "utf8"),
      cliSchema(),
      "it differs from the code: run `npm run docs` and commit it"
    )
  })
})
