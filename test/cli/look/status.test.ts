import { assert, describe, expect, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import { status } from "../../../src/cli/look/status.ts"
import { cli } from "../../support/cli.ts"
import { free, hq } from "../../support/hq.ts"
import { busyShop, emptyStore, stored } from "../../support/operations.ts"

process.env.TZ = "UTC"

const read = (json: string) => Schema.decodeUnknownSync(status.answer)(JSON.parse(json))

describe("hq status", () => {
  for (const columns of [80, 140]) {
    it.effect(`fits a terminal of ${columns} columns`, () =>
      Effect.gen(function* () {
        const db = yield* busyShop
        const { code, err, out } = yield* cli(db, ["status", "--no-color"], { columns })
        assert.deepStrictEqual([code, err], [0, ""])
        assert.notInclude(out, "\u001b")
        for (const line of out.split("\n")) assert.isAtMost([...line].length, columns, line)
        expect(out).toMatchSnapshot()
      })
    )
  }

  it.effect("tells silent agents from lively ones by colour, too", () =>
    Effect.gen(function* () {
      const { out } = yield* cli(yield* busyShop, ["status"], { columns: 140 })
      assert.include(out, "\u001b[1m\u001b[31mSILENT 3h 5m\u001b[39m\u001b[22m")
      assert.include(out, "\u001b[33mquiet 6m\u001b[39m")
      assert.include(out, "\u001b[32m3s ago\u001b[39m")
      // What a failure says cannot repaint the terminal.
      assert.include(out, "\\u{1b}[31mHTTP 503")
    })
  )

  it.effect("answers in JSON, with the command that does what is needed", () =>
    Effect.gen(function* () {
      const { code, out } = yield* cli(yield* busyShop, ["status", "shop", "--json"])
      assert.strictEqual(code, 0)
      const { needs, projects } = read(out)
      assert.deepStrictEqual(
        needs.map(({ cure, kind, since }: Record<string, string>) => [kind, since, cure]),
        [
          ["out_of_attempts", "2026-05-05T07:39:00.000Z", "hq recover shop#8"],
          ["failed", "2026-05-05T06:50:00.000Z", "hq recover shop#3"],
          ["silent", "2026-05-05T08:55:00.000Z", "hq recover shop#2"]
        ]
      )
      assert.deepStrictEqual(projects[0].remaining, { minutes: 330, end_at: "2026-05-05T17:30:00.000Z" })
      assert.strictEqual(out.trimEnd().split("\n").length, 1)
    })
  )

  it.effect("says so where there is nothing, and fails where the project does not exist", () =>
    Effect.gen(function* () {
      const db = yield* emptyStore
      assert.include((yield* cli(db, ["status"])).out, "No project is active or paused.")
      const none = read((yield* cli(db, ["status", "--json"])).out)
      assert.deepStrictEqual([none.projects, none.needs, none.waiting], [[], [], 0])
      const failed = yield* cli(yield* busyShop, ["status", "shopp"])
      assert.deepStrictEqual([failed.code, failed.out], [3, ""])
      assert.include(failed.err, 'Did you mean "shop"?')
    })
  )

  it.effect("counts what does not fit on the screen", () =>
    Effect.gen(function* () {
      const db = yield* stored(
        Effect.gen(function* () {
          yield* hq.create("p", free(60))
          for (let failed = 0; failed < 12; failed++) yield* hq.failNext("a")
          for (let held = 0; held < 25; held++) yield* hq.take(`agent-${held}`)
        })
      )
      const { out } = yield* cli(db, ["status"])
      assert.include(out, "and 2 more: hq status --json")
      assert.include(out, "and 5 more: hq agents")
      assert.include(out, "and 18 more: hq steps --status not_started")
    })
  )

  for (const rows of [24, 40]) {
    it.effect(`fits a screen of ${rows} rows, with some of everything`, () =>
      Effect.gen(function* () {
        const db = yield* stored(
          Effect.gen(function* () {
            for (const name of ["p", "q", "r"]) yield* hq.create(name, free(60))
            for (let failed = 0; failed < 12; failed++) yield* hq.failNext("a")
            for (let held = 0; held < 25; held++) yield* hq.take(`agent-${held}`)
          })
        )
        const { out } = yield* cli(db, ["status", "--no-color"], { columns: 80, rows })
        const lines = out.trimEnd().split("\n")
        assert.isAtMost(lines.length, rows - 1)
        assert.isAtLeast(lines.length, rows - 4)
        for (const part of [/^p +active/, /^p#\d+ +failed/, /^p#\d+ +agent-/, /^p#\d+ +api/]) {
          assert.isTrue(
            lines.some((line) => part.test(line)),
            `${part}\n${out}`
          )
        }
      })
    )
  }
})
