import { cpSync, readFileSync } from "node:fs"
import { join } from "node:path"
import { afterAll, assert, beforeAll, describe, it } from "@effect/vitest"
import Sqlite from "better-sqlite3"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import { cliSchema } from "../../scripts/cliSchema.ts"
import { urlOf } from "../../scripts/docsParts.ts"
import { type Entry, jsonFormat } from "../../src/cli/base/Command.ts"
import { exitCode } from "../../src/cli/base/exitCode.ts"
import { groups } from "../../src/cli/commands.ts"
import { cli, type Ran } from "../support/cli.ts"
import { cases, fillFile, knownCommit, writeFiles } from "../support/commandCases.ts"
import { git, makeRepository, realFolder } from "../support/git.ts"
import { tempFolder } from "../support/temp.ts"

// The repository in which commands work.
const before = process.cwd()
beforeAll(() => {
  const repository = makeRepository(realFolder())
  git(repository, "tag", knownCommit)
  process.chdir(repository)
})
afterAll(() => process.chdir(before))

/** A database that cannot be opened, or made. */
const nowhere = "/dev/null/hq.db"

const entries = groups.flatMap((group) => group.entries)

/** The words of an example, without what a shell does with them. */
const wordsOf = (line: string): ReadonlyArray<string> =>
  Array.from(line.replace(/ [|>].*$/s, "").matchAll(/'([^']*)'|"([^"]*)"|(\S+)/g), ([, a, b, c]) => a ?? b ?? c ?? "")

/** An example as a program runs it: with its JSON, in a home that is empty. */
const asProgram = ({ path }: Entry, line: string, home: string): ReadonlyArray<string> => {
  const words = wordsOf(line).map((word) => word.replace(/^~/, home))
  // Nobody waits for as long as an example does.
  const soon = path[0] === "wait" ? ["--timeout", "10ms"] : []
  return [
    ...path,
    "--json",
    ...soon,
    ...words.slice(path.length).filter((word) => !["--json", "--timeout", "1h"].includes(word))
  ]
}

const errorAnswer = Schema.Struct({
  format: Schema.Literal(jsonFormat),
  error: Schema.Struct(
    { _tag: Schema.NonEmptyString, message: Schema.NonEmptyString },
    Schema.Record({ key: Schema.String, value: Schema.Unknown })
  )
})

const strict = { onExcessProperty: "error", errors: "all" } as const

/** Every line of an answer is its schema's, or the last one tells the error that the exit code names. Returns the error's tag. */
const isAnswer = ({ answer, path }: Entry, { code, err, out }: Ran): string | undefined => {
  const what = `${path.join(" ")} (code ${code}): ${out}${err}`
  const lines = out.split("\n")
  assert.strictEqual(lines.pop(), "", what)
  assert.isNotEmpty(lines, what)
  let tag: string | undefined
  for (const line of lines) {
    assert.isUndefined(tag, what)
    const { format, ...value } = JSON.parse(line) as Record<string, unknown>
    assert.strictEqual(format, jsonFormat, what)
    if ("error" in value) {
      assert.notStrictEqual(code, exitCode.ok, what)
      tag = Schema.decodeUnknownSync(errorAnswer)(JSON.parse(line)).error._tag
    } else Schema.decodeUnknownSync(answer, strict)(value)
  }
  assert.notInclude(out + err, "\u001b", what)
  return tag
}

const hasLine = (out: string) => out.includes("\n")

/** So long does a test wait for a lock that nobody gives back. */
const settings = { busyTimeout: Duration.millis(60) }

/** A folder of its own with what command lines name in it, and the database `hq.db`, which is not there yet. */
const folderOnce = Effect.runSync(
  Effect.cached(
    Effect.suspend(() => {
      const folder = tempFolder()
      return Effect.as(writeFiles(folder), folder)
    })
  )
)
const newFolder = (args: string) =>
  Effect.gen(function* () {
    const folder = tempFolder()
    if (args.includes("@")) cpSync(yield* folderOnce, folder, { recursive: true })
    return folder
  })

/** Runs a command line of the table for a program and, unless that is known or a lock is waited for, for a person without a terminal. */
const runLine = (
  entry: Entry,
  args: string,
  on: {
    readonly onlyJson?: boolean
    readonly store: "empty" | "full" | "nowhere"
    readonly lock?: string
    readonly endless?: true | undefined
  }
) =>
  Effect.gen(function* () {
    const both: Array<Ran> = []
    for (const json of on.onlyJson || on.lock !== undefined ? [["--json"]] : [["--json"], []]) {
      const folder = yield* newFolder(args)
      const file = on.store === "nowhere" ? nowhere : join(folder, "hq.db")
      // A command that opens no store, or the file as such, finds none.
      const isThere = on.store === "full" || (on.store === "empty" && cases[entry.path.join(" ")]?.own === undefined)
      if (isThere) yield* fillFile(file, on.store === "empty")
      const words = args.split(" ").filter((word) => word !== "")
      const line = [...entry.path, ...json, ...words.map((word) => word.replace("@", folder))]
      const holder = on.lock === undefined ? undefined : new Sqlite(file)
      holder?.exec(on.lock as string)
      const environment = { EDITOR: "true" }
      const until = on.endless ? { until: hasLine } : {}
      both.push(yield* cli(file, line, { place: { home: folder, folder }, environment, settings, ...until }))
      holder?.close()
    }
    return both
  })

/** Whether all runs end so, each in its own form. */
const endsWith = (entry: Entry, what: string, code: number, runs: ReadonlyArray<Ran>, tag?: string) => {
  const [json, text] = runs as [Ran, Ran?]
  assert.strictEqual(json.code, code, `${what}: ${json.out}`)
  const told = isAnswer(entry, json)
  if (tag !== undefined) assert.strictEqual(told, tag, `${what}: ${json.out}`)
  if (text === undefined) return
  assert.strictEqual(text.code, code, `${what}: ${text.out}${text.err}`)
  assert.notInclude(text.out + text.err, "\u001b", what)
  // What failed is told in one place, as a sentence.
  if (told !== undefined) assert.match(text.err, /hq: .{20,}\n$/s, what)
}

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

      it.live("answers its examples in JSON by its schema", () =>
        Effect.gen(function* () {
          for (const [line] of examples) {
            const home = tempFolder()
            const file = join(home, "hq.db")
            yield* fillFile(file)
            const until = /^watch|^events -f/.test(line) ? { until: hasLine } : {}
            const place = { home, folder: home }
            const ran = yield* cli(file, asProgram(entry, line, home), { place, settings, ...until })
            isAnswer(entry, ran)
            assert.include(Object.values(exitCode), ran.code)
          }
        })
      )

      const one = cases[path.join(" ")]
      if (one === undefined) return it("is in the table of cases", () => assert.fail("add it to commandCases.ts"))
      const { args, empty, endless, fails, full, locked, own } = one
      const live = endless ? exitCode.interrupted : exitCode.ok
      const codeOf = (code: number) => (code === exitCode.ok ? live : code)

      it.live("ends with the right exit code on an empty store, a full one, and where it fails", () =>
        Effect.gen(function* () {
          endsWith(entry, "empty", empty, yield* runLine(entry, args, { store: "empty" }))
          endsWith(entry, "full", codeOf(full), yield* runLine(entry, args, { store: "full", endless }))
          for (const [at, [line, code, tag]] of fails.entries()) {
            endsWith(entry, line, code, yield* runLine(entry, line, { store: "full", onlyJson: at > 0 }), tag)
          }
        })
      )

      it.live("ends with the right exit code where the store cannot be opened, or another process has it", () =>
        Effect.gen(function* () {
          const cannot = yield* runLine(entry, args, { store: "nowhere" })
          endsWith(entry, "nowhere", own?.nowhere ?? exitCode.failure, cannot)
          const lock = "BEGIN IMMEDIATE"
          endsWith(entry, "locked", codeOf(locked), yield* runLine(entry, args, { store: "full", lock, endless }))
          const alone = "PRAGMA locking_mode = EXCLUSIVE; BEGIN EXCLUSIVE"
          endsWith(
            entry,
            "taken",
            own?.taken ?? exitCode.busy,
            yield* runLine(entry, args, { store: "full", lock: alone })
          )
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
