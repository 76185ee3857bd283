import { readdirSync, readFileSync, statSync, writeFileSync } from "node:fs"
import { dirname, join } from "node:path"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Coordination from "../../../src/layers/Coordination.ts"
import { cli } from "../../support/cli.ts"
import { query } from "../../support/database.ts"
import { hq, plan } from "../../support/hq.ts"
import { tempDatabase, tempFolder } from "../../support/temp.ts"

const description = `${"ä\u2028語 ".repeat(5000)}\r\nend`

describe("hq export and hq import", () => {
  it.live("carry every text through a file, whatever line ends it holds", () =>
    Effect.gen(function* () {
      const [source, target, file] = [tempDatabase(), tempDatabase(), join(tempFolder(), "all.jsonl")]
      const { steps, ...project } = plan("p", Object.fromEntries(Array.from({ length: 30 }, (_, at) => [at + 1, []])))
      yield* Effect.provide(
        hq.createProject({ ...project, steps: steps.map((step) => ({ ...step, description })) }),
        Coordination.layerSqlite({ filename: source })
      )
      const wrote = yield* cli(source, ["export", file])
      assert.match(wrote.out, /^Wrote .*: 1 project, 30 steps, 0 events\.\n$/)
      assert.strictEqual(statSync(file).mode & 0o777, 0o600)
      assert.deepStrictEqual(readdirSync(dirname(file)), ["all.jsonl"])
      assert.isAbove(statSync(file).size, 1_000_000)
      const read = yield* cli(target, ["import", file, "--json"])
      assert.deepInclude(JSON.parse(read.out).rows, { projects: 1, steps: 30 })
      const texts = query(target, "SELECT DISTINCT description FROM steps")
      assert.deepStrictEqual(texts, [{ description }])
    })
  )

  it.live("replace nothing, and read only what is an export", () =>
    Effect.gen(function* () {
      const [database, file] = [tempDatabase(), join(tempFolder(), "all.jsonl")]
      writeFileSync(file, "mine")
      const kept = yield* cli(database, ["export", file])
      assert.strictEqual(kept.code, 4)
      assert.include(kept.err, "Run: hq export --force")
      assert.strictEqual(readFileSync(file, "utf8"), "mine")
      const wrong = yield* cli(database, ["import", file])
      assert.strictEqual(wrong.code, 2)
      assert.include(wrong.err, "line 1: is not a JSON object")
      // The database itself, its log, what somebody else wrote, a folder.
      for (const path of [database, `${database}-wal`, file, dirname(file)]) {
        const before = statSync(path, { throwIfNoEntry: false })
        if (before === undefined) continue
        const refused = yield* cli(database, ["export", path, "--force"])
        assert.deepInclude(refused, {
          code: 4,
          err: `hq: ${path} is not an export, and is not replaced by one. Run: hq export <another file>\n`
        })
        assert.strictEqual(statSync(path).ino, before.ino)
      }
      for (const text of ["", '{"hq_export":1']) {
        writeFileSync(file, text)
        assert.strictEqual((yield* cli(database, ["export", file, "--force"])).code, 0)
      }
      assert.deepStrictEqual(readdirSync(dirname(file)), ["all.jsonl"])
      assert.strictEqual((yield* cli(database, ["import", join(tempFolder(), "none")])).code, 1)
      assert.strictEqual((yield* cli(database, ["export", "/dev/null/x.jsonl"])).code, 1)
    })
  )
})
