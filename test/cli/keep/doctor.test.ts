import { readdirSync, writeFileSync } from "node:fs"
import { dirname, join } from "node:path"
import { stripVTControlCharacters } from "node:util"
import { assert, describe, it } from "@effect/vitest"
import Sqlite from "better-sqlite3"
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import { doctor } from "../../../src/cli/keep/doctor.ts"
import * as Coordination from "../../../src/layers/Coordination.ts"
import { cli } from "../../support/cli.ts"
import { query } from "../../support/database.ts"
import { free, hq } from "../../support/hq.ts"
import { tempDatabase } from "../../support/temp.ts"

const broken = Effect.gen(function* () {
  const file = tempDatabase()
  yield* Effect.provide(hq.create("p", free(3)), Coordination.layerSqlite({ filename: file }))
  const db = new Sqlite(file)
  db.exec("UPDATE projects SET open_steps = 9")
  db.close()
  return file
})

const read = (json: string) => Schema.decodeUnknownSync(doctor.answer)(JSON.parse(json))

describe("hq doctor", () => {
  it.live("says what is wrong and what cures it, with exit code 1, and changes nothing", () =>
    Effect.gen(function* () {
      const file = yield* broken
      const ran = yield* cli(file, ["doctor"])
      assert.deepStrictEqual([ran.code, ran.err], [1, ""])
      assert.match(ran.out, /^error {4}counts +1 with a wrong number of open steps: p$/m)
      assert.include(ran.out, "→ hq doctor --fix mends it, after a backup.")
      assert.match(ran.out, /\n1 of \d+ checks failed\.\n$/)
      assert.deepStrictEqual(readdirSync(dirname(file)), ["hq.db"])
    })
  )

  it.live("mends with --fix, after a backup, and is content from then on", () =>
    Effect.gen(function* () {
      const file = yield* broken
      const fixed = yield* cli(file, ["doctor", "--fix", "--json"])
      assert.strictEqual(fixed.code, 0)
      const { backup, checks } = read(fixed.out)
      assert.deepStrictEqual(
        checks
          .filter(({ status }: { status: string }) => status !== "ok")
          .map(({ check, status }: { check: string; status: string }) => [check, status]),
        [["counts", "mended"]]
      )
      assert.strictEqual(query(backup as string, "SELECT open_steps FROM projects")[0]?.open_steps, 9)
      assert.strictEqual(query(file, "SELECT open_steps FROM projects")[0]?.open_steps, 3)
      const again = yield* cli(file, ["doctor", "--fix"], { columns: 80 })
      assert.include(again.out, "Nothing is wrong.")
      assert.notInclude(again.out, "Backed up")
      const lines = again.out.split("\n").filter((line) => !line.includes(file))
      assert.isTrue(lines.every((line) => stripVTControlCharacters(line).length <= 80))
    })
  )

  it.live("reports what cannot be opened, and a store that is not there yet", () =>
    Effect.gen(function* () {
      const file = tempDatabase()
      const none = yield* cli(file, ["doctor", "--json"])
      assert.strictEqual(none.code, 0)
      assert.deepStrictEqual(
        read(none.out).checks.map(({ check }: { check: string }) => check),
        ["file", "clients"]
      )
      writeFileSync(file, "garbage".repeat(1000), { mode: 0o600 })
      const garbage = yield* cli(file, ["doctor", "--fix"])
      assert.strictEqual(garbage.code, 1)
      assert.include(garbage.out, "put a copy back: hq restore")
      assert.deepStrictEqual(readdirSync(dirname(file)), [join("hq.db")])
    })
  )
})
