import { chmodSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs"
import { userInfo } from "node:os"
import { dirname, join } from "node:path"
import { stripVTControlCharacters } from "node:util"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import { doctor } from "../../../src/cli/keep/doctor.ts"
import type { FileCheck } from "../../../src/domain/FileReports.ts"
import { broken, busy, faults } from "../../support/brokenRows.ts"
import { cli } from "../../support/cli.ts"
import { query } from "../../support/database.ts"
import { tempDatabase } from "../../support/temp.ts"

const miscounted = Effect.tap(busy, (file) => Effect.sync(() => broken(file, "UPDATE projects SET open_steps = 9")))

const read = (json: string) => Schema.decodeUnknownSync(doctor.answer)(JSON.parse(json))

describe("hq doctor", () => {
  it.live("says what is wrong and what cures it, with exit code 1, and changes nothing", () =>
    Effect.gen(function* () {
      const file = yield* miscounted
      const ran = yield* cli(file, ["doctor"])
      assert.deepStrictEqual([ran.code, ran.err], [1, ""])
      assert.match(ran.out, /^error {4}counts +1 with a wrong number of open steps: p$/m)
      assert.include(ran.out, "→ hq doctor --fix mends it, after a backup.")
      assert.match(ran.out, /\n1 error\. hq doctor --fix mends all of that\.\n$/)
      assert.deepStrictEqual(readdirSync(dirname(file)), ["hq.db"])
    })
  )

  it.live("mends with --fix, after a backup, and is content from then on", () =>
    Effect.gen(function* () {
      const file = yield* miscounted
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
      assert.strictEqual(query(file, "SELECT open_steps FROM projects")[0]?.open_steps, 5)
      const again = yield* cli(file, ["doctor", "--fix"], { columns: 80 })
      assert.include(again.out, "Nothing is wrong.")
      assert.notInclude(again.out, "Backed up")
      const lines = again.out.split("\n").filter((line) => !line.includes(file))
      assert.isTrue(lines.every((line) => stripVTControlCharacters(line).length <= 80))
    })
  )

  it.live("mends whatever can be mended, all at once, and leaves nothing to say", () =>
    Effect.gen(function* () {
      const file = yield* busy
      for (const [breaks] of faults) broken(file, breaks)
      chmodSync(file, 0o644)
      const found = read((yield* cli(file, ["doctor", "--json"])).out)
      const canMend = found.checks.filter(({ can_mend }: FileCheck) => can_mend)
      assert.isAtLeast(canMend.length, faults.length)
      assert.deepStrictEqual(
        canMend,
        found.checks.filter(({ status }: FileCheck) => status !== "ok")
      )
      const events = () => query(file, "SELECT agent_id FROM agent_events WHERE metadata LIKE '%mended%'")
      const fixed = yield* cli(file, ["doctor", "--fix"])
      assert.deepStrictEqual([fixed.code, fixed.err], [0, ""])
      assert.match(fixed.out, /\n\d+ mended\. Nothing else is wrong\.\n$/)
      assert.deepStrictEqual(events(), [{ agent_id: `human:${userInfo().username}` }])
      const again = yield* cli(file, ["doctor"])
      assert.match(again.out, /\nNothing is wrong\.\n$/)
      assert.notMatch(again.out, /^(error|warning|mended)/m)
    })
  )

  it.live("says what it cannot mend, also of a damaged file, whose mode it puts right", () =>
    Effect.gen(function* () {
      const merged = yield* busy
      broken(merged, "UPDATE steps SET merge_commit = 'm' WHERE step_num = 2")
      broken(merged, "UPDATE projects SET open_steps = 9")
      const fixed = yield* cli(merged, ["doctor", "--fix"])
      assert.strictEqual(fixed.code, 1)
      assert.include(fixed.out, "Only a person can tell what is right. Look at each: hq show <step>")
      assert.match(fixed.out, /\n1 mended, 1 error\. hq cannot mend that by itself: see the arrows\.\n$/)
      const damaged = yield* busy
      const pages = readFileSync(damaged)
      writeFileSync(damaged, pages.fill(0x5a, 4096 * 3, 4096 * 4))
      chmodSync(damaged, 0o644)
      const left = yield* cli(damaged, ["doctor", "--fix"])
      assert.deepStrictEqual([left.code, left.err, statSync(damaged).mode & 0o777], [1, "", 0o600])
      assert.match(left.out, /^mended +modes/m)
      assert.match(left.out, /^error +integrity/m)
      assert.deepStrictEqual(readdirSync(dirname(damaged)), ["hq.db"])
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
