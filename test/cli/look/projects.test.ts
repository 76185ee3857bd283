import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import { projects } from "../../../src/cli/look/projects.ts"
import * as Coordination from "../../../src/layers/Coordination.ts"
import { cli } from "../../support/cli.ts"
import { free, hq } from "../../support/hq.ts"
import { tempDatabase } from "../../support/temp.ts"

const filled = Effect.gen(function* () {
  const filename = tempDatabase()
  yield* Effect.provide(
    Effect.gen(function* () {
      yield* hq.create("p", free(3))
      yield* hq.claim("a")
      yield* hq.create("two", free(1))
    }),
    Coordination.layerSqlite({ filename })
  )
  return filename
})

describe("hq projects", () => {
  it.effect("draws a table without a byte of colour in a pipe, and with colours on a terminal", () =>
    Effect.gen(function* () {
      const db = yield* filled
      const piped = yield* cli(db, ["projects"])
      assert.deepStrictEqual([piped.code, piped.err], [0, ""])
      assert.deepStrictEqual(
        piped.out.split("\n").map((line) => line.split(/ {2,}/).slice(0, 5).join("|")),
        ["PROJECT|STATUS|DONE|AT WORK|FAILED", "two|active|0/1|0|0", "p|active|0/3|1|0", ""]
      )
      assert.include((yield* cli(db, ["projects"], { columns: 80 })).out, "\u001b[32mactive\u001b[39m")
      for (const quiet of [{ NO_COLOR: "1" }, { TERM: "dumb" }]) {
        assert.notInclude((yield* cli(db, ["projects"], { columns: 80, environment: quiet })).out, "\u001b")
      }
      assert.notInclude((yield* cli(db, ["projects", "--no-color"], { columns: 80 })).out, "\u001b")
    })
  )

  it.effect("answers in JSON, also where there is nothing", () =>
    Effect.gen(function* () {
      const read = (json: string) => Schema.decodeUnknownSync(projects.answer)(JSON.parse(json))
      const db = yield* filled
      const all = read((yield* cli(db, ["projects", "--json"])).out)
      assert.deepStrictEqual(
        all.projects.map(({ name }: { name: string }) => name),
        ["two", "p"]
      )
      const none = yield* cli(db, ["projects", "--json", "--status", "paused"])
      assert.strictEqual(none.out, '{"format":1,"projects":[]}\n')
      assert.include((yield* cli(tempDatabase(), ["projects"])).out, "No projects.")
    })
  )
})
