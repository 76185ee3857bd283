import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { version } from "../../src/domain/version.ts"
import { cli, stored } from "../support/cli.ts"
import { free, hq } from "../support/hq.ts"
import { tempDatabase } from "../support/temp.ts"

/** A database that cannot be opened, or made. */
const nowhere = "/dev/null/hq.db"

describe("hq without a command", () => {
  it.effect("refuses options that it does not have, and a request for JSON", () =>
    Effect.gen(function* () {
      const none = { code: 2, out: "" }
      for (const [line, err] of [
        [["--verbose"], "hq: hq has no option --verbose. See: hq --help\n"],
        [["--no-color", "--verbose"], "hq: hq has no option --verbose. See: hq --help\n"],
        [["plan", "--verbose"], "hq: hq has no option --verbose. See: hq --help\n"],
        [
          ["plan", "chek"],
          'hq: There is no command "plan chek". Did you mean: hq plan check? See them all: hq --help\n'
        ],
        [["--no-color"], "hq: No command is given. See: hq --help\n"]
      ] as const) {
        assert.deepStrictEqual(yield* cli(nowhere, line), { ...none, err })
      }
      for (const line of [["--json"], ["plan", "--json"], ["--json", "plan"]]) {
        const { code, err, out } = yield* cli(nowhere, line)
        assert.deepStrictEqual([code, err, JSON.parse(out).error.reason], [2, "", "No command is given."])
      }
    })
  )

  it.effect("shows the help of all commands, or of those that begin with a word", () =>
    Effect.gen(function* () {
      for (const line of [["--help"], ["-h"], ["--json", "--help"], ["help"]]) {
        const { code, err, out } = yield* cli(nowhere, line)
        assert.deepStrictEqual([code, err], [0, ""])
        assert.match(out, /^ {2}status /m)
      }
      for (const line of [["plan"], ["help", "plan"]]) {
        const { code, out } = yield* cli(nowhere, line)
        assert.deepStrictEqual([code, /^ {2}status /m.test(out), /^ {2}plan edit /m.test(out)], [0, false, true])
      }
      assert.deepStrictEqual(yield* cli(nowhere, ["help", "show"]), yield* cli(nowhere, ["show", "--help"]))
      assert.strictEqual((yield* cli(nowhere, ["help", "shwo"])).code, 2)
    })
  )

  it.effect("tells its version, in JSON, too", () =>
    Effect.gen(function* () {
      assert.deepStrictEqual(yield* cli(nowhere, ["--version"]), { code: 0, out: `${version}\n`, err: "" })
      assert.deepStrictEqual(JSON.parse((yield* cli(nowhere, ["--version", "--json"])).out), { format: 1, version })
    })
  )

  it.effect("takes options after arguments, and negative numbers", () =>
    Effect.gen(function* () {
      const db = yield* stored(hq.create("p", free(1)))
      const set = yield* cli(db, ["priority", "p", "-3", "--json"])
      assert.deepStrictEqual([set.code, JSON.parse(set.out).to], [0, -3])
    })
  )

  it.effect("takes the options of every command before the command, too", () =>
    Effect.gen(function* () {
      const db = tempDatabase()
      const json = yield* cli(db, ["--no-color", "--json", "projects"])
      assert.deepStrictEqual([json.code, JSON.parse(json.out)], [0, { format: 1, projects: [] }])
      const plain = yield* cli(db, ["--no-color", "projects"], { columns: 80 })
      assert.notInclude(plain.out, "\u001b")
    })
  )
})
