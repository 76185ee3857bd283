import { assert, describe, expect, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import type { Entry } from "../../../src/cli/base/Command.ts"
import { groups } from "../../../src/cli/commands.ts"
import { cli } from "../../support/cli.ts"
import { busyShop, emptyStore } from "../../support/operations.ts"

process.env.TZ = "UTC"

/** What each command of the group is called with, where there is a plan. */
const lines: Readonly<Record<string, ReadonlyArray<string>>> = {
  status: [],
  projects: [],
  steps: [],
  show: ["shop#3"],
  agents: [],
  queue: [],
  events: [],
  explain: ["shop#5"],
  overlaps: ["shop"],
  metrics: []
}

/** Commands that fail in an empty store, because they name something. */
const naming = ["show", "explain", "overlaps"]

const look = groups.find(({ title }) => title === "Look")?.entries as ReadonlyArray<Entry>

describe("commands that look", () => {
  for (const { answer, path } of look) {
    const name = path.join(" ")
    const line = [name, ...(lines[name] ?? [])]

    it.effect(`hq ${line.join(" ")} fits terminals of 80 and of 140 columns`, () =>
      Effect.gen(function* () {
        const db = yield* busyShop
        for (const columns of [80, 140]) {
          const { code, err, out } = yield* cli(db, line, { columns, environment: { NO_COLOR: "1" } })
          assert.deepStrictEqual([code, err], [0, ""])
          assert.notInclude(out, "\u001b")
          for (const text of out.split("\n")) assert.isAtMost([...text].length, columns, text)
          expect(out.replace(/, \S+:\d+$/gm, ", host:pid")).toMatchSnapshot(`${columns} columns`)
        }
        assert.notInclude((yield* cli(db, line)).out, "\u001b")
      })
    )

    it.effect(`hq ${line.join(" ")} --json is valid: full, empty and failing`, () =>
      Effect.gen(function* () {
        const read = (json: string) => {
          const { format, ...fields } = JSON.parse(json)
          assert.strictEqual(format, 1)
          return fields.error ?? Schema.decodeUnknownSync(answer, { onExcessProperty: "error" })(fields)
        }
        const full = yield* cli(yield* busyShop, [...line, "--json"])
        assert.strictEqual(full.code, 0)
        assert.isUndefined(read(full.out)._tag)
        const empty = yield* cli(yield* emptyStore, [...line, "--json"])
        const isNaming = naming.includes(name)
        assert.deepStrictEqual([empty.code, read(empty.out)._tag], isNaming ? [3, "NotFound"] : [0, undefined])
        const wrong = yield* cli(yield* emptyStore, [...line, "--none", "--json"])
        assert.deepStrictEqual([wrong.code, read(wrong.out)._tag, wrong.err], [2, "UsageError", ""])
      })
    )
  }
})
