import { spawn } from "node:child_process"
import { once } from "node:events"
import { statSync } from "node:fs"
import { join } from "node:path"
import * as Effect from "effect/Effect"
import { assert, beforeAll, describe, it } from "vitest"
import { ProjectName } from "../../src/domain/Ids.ts"
import * as Coordination from "../../src/layers/Coordination.ts"
import { atEnd } from "../support/cleanup.ts"
import { query } from "../support/database.ts"
import { free, hq, plan } from "../support/hq.ts"
import { program } from "../support/program.ts"
import { bin } from "../support/server.ts"
import { tempDatabase, tempFolder } from "../support/temp.ts"

const steps = 1500
/** Together they are more than SQLite keeps in memory, so that the log shows when an import is in the middle. */
const description = "x".repeat(30_000)
/** Bytes of the log that an import has written once it is under way. */
const underWay = 4_000_000

const sizeOf = (file: string) => statSync(file, { throwIfNoEntry: false })?.size ?? 0

describe("hq import, ended halfway", () => {
  const file = join(tempFolder(), "all.jsonl")

  beforeAll(async () => {
    const db = tempDatabase()
    const { steps: some, ...project } = plan("p0", free(30))
    const all = Array.from({ length: steps / some.length }, (_, at) =>
      hq.createProject({
        ...project,
        name: ProjectName.make(`p${at}`),
        steps: some.map((step) => ({ ...step, description }))
      })
    )
    await Effect.runPromise(Effect.provide(Effect.all(all), Coordination.layerSqlite({ filename: db })))
    assert.strictEqual((await program(["export", file], { AGENT_DB_PATH: db })).code, 0)
  })

  for (const [signal, ended] of [
    ["SIGKILL", [null, "SIGKILL"]],
    ["SIGINT", [130, null]]
  ] as const) {
    it(`by ${signal} leaves an empty store, in which it can begin anew`, async () => {
      const db = tempDatabase()
      const child = spawn(process.execPath, [bin, "import", file], {
        env: { PATH: process.env.PATH, AGENT_DB_PATH: db },
        stdio: "ignore"
      })
      atEnd(() => child.kill("SIGKILL"))
      const end = once(child, "exit")
      while (sizeOf(`${db}-wal`) < underWay && child.exitCode === null) {
        await new Promise((resolve) => setTimeout(resolve, 1))
      }
      child.kill(signal)
      assert.deepStrictEqual(await end, [...ended])
      for (const table of ["projects", "steps", "agent_events", "step_counts"]) {
        assert.deepStrictEqual(query(db, `SELECT * FROM ${table}`), [], table)
      }
      const doctor = await program(["doctor"], { AGENT_DB_PATH: db })
      assert.include(doctor.out, "Nothing is wrong.")
      const again = await program(["import", file, "--json"], { AGENT_DB_PATH: db })
      assert.deepInclude(JSON.parse(again.out).rows, { projects: steps / 30, steps })
      assert.deepStrictEqual(query(db, "SELECT count(*) AS n FROM projects WHERE status = 'active'"), [
        { n: steps / 30 }
      ])
    })
  }
})
