import { join } from "node:path"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import { backup } from "../../../src/cli/keep/backup.ts"
import { restore } from "../../../src/cli/keep/restore.ts"
import * as Coordination from "../../../src/layers/Coordination.ts"
import { cli } from "../../support/cli.ts"
import { query } from "../../support/database.ts"
import { free, hq } from "../../support/hq.ts"
import { tempDatabase, tempFolder } from "../../support/temp.ts"

const filled = Effect.gen(function* () {
  const file = tempDatabase()
  yield* Effect.provide(hq.create("p", free(3)), Coordination.layerSqlite({ filename: file }))
  return { file, copy: join(tempFolder(), "monday's copy.db") }
})

describe("hq backup", () => {
  it.effect("says what it wrote, and which command puts it back", () =>
    Effect.gen(function* () {
      const { copy, file } = yield* filled
      const ran = yield* cli(file, ["backup", copy])
      assert.deepStrictEqual([ran.code, ran.err], [0, ""])
      assert.match(ran.out, /^Wrote .*: \d+ KB, 1 project, 3 steps\. It passed SQLite's check/)
      assert.include(ran.out, `hq restore '${copy.replace("'", "'\\''")}'`)
      const json = yield* cli(file, ["backup", "--force", copy, "--json"])
      const read = Schema.decodeUnknownSync(backup.answer)(JSON.parse(json.out))
      assert.deepInclude(read, { file: copy, projects: 1, steps: 3 })
    })
  )

  it.effect("names the way out when the file exists, with exit code 4", () =>
    Effect.gen(function* () {
      const { copy, file } = yield* filled
      yield* cli(file, ["backup", copy])
      const again = yield* cli(file, ["backup", copy])
      assert.deepStrictEqual([again.code, again.out], [4, ""])
      assert.include(again.err, "exists. Run: hq backup --force")
      const none = yield* cli(tempDatabase(), ["backup", join(tempFolder(), "x.db"), "--json"])
      assert.strictEqual(none.code, 1)
      assert.include(JSON.parse(none.out).error.message, "There is no database at")
    })
  )
})

describe("hq restore", () => {
  it.live("asks, and does nothing without a yes", () =>
    Effect.gen(function* () {
      const { copy, file } = yield* filled
      yield* cli(file, ["backup", copy])
      yield* Effect.provide(hq.create("q", free(1)), Coordination.layerSqlite({ filename: file }))
      const projects = () => query(file, "SELECT count(*) AS n FROM projects")[0]?.n
      const nobody = yield* cli(file, ["restore", copy])
      assert.strictEqual(nobody.code, 2)
      assert.include(nobody.err, "--yes")
      const no = yield* cli(file, ["restore", copy], { answers: ["n"] })
      assert.strictEqual(no.code, 1)
      assert.include(no.err, "1 project and 3 steps in place of")
      const dry = yield* cli(file, ["restore", copy, "--dry-run", "--json"])
      const tried = Schema.decodeUnknownSync(restore.answer)(JSON.parse(dry.out))
      assert.deepInclude(tried, { dry_run: true, projects: 1 })
      assert.strictEqual(projects(), 2)
      const yes = yield* cli(file, ["restore", copy], { answers: ["y"], columns: 80 })
      assert.strictEqual(yes.code, 0)
      assert.include(yes.out, "The file that was there is now")
      assert.strictEqual(projects(), 1)
      assert.match(
        String(query(file, "SELECT agent_id FROM agent_events ORDER BY id DESC LIMIT 1")[0]?.agent_id),
        /^human:./
      )
    })
  )
})
