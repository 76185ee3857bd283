import { spawn } from "node:child_process"
import { once } from "node:events"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import * as Effect from "effect/Effect"
import { assert, describe, it } from "vitest"
import * as Coordination from "../../src/layers/Coordination.ts"
import { atEnd } from "../support/cleanup.ts"
import { query } from "../support/database.ts"
import { free, hq } from "../support/hq.ts"
import { violationsIn } from "../support/invariants.ts"
import { program } from "../support/program.ts"
import { tempDatabase, tempFolder } from "../support/temp.ts"
import { close, startServer } from "../support/testServer.ts"

const writers = 48

const writer = fileURLToPath(new URL("../support/pairWriter.mjs", import.meta.url))

describe("hq backup and hq restore", () => {
  it(`make copies of one moment each while ${writers} processes write`, async () => {
    const db = tempDatabase()
    await Effect.runPromise(
      Effect.provide(hq.create("p", free(2 * writers)), Coordination.layerSqlite({ filename: db }))
    )
    const children = await Promise.all(
      Array.from({ length: writers }, async (_, at) => {
        const child = spawn(process.execPath, [writer, db, String(2 * at + 1), String(2 * at + 2)], {
          stdio: ["ignore", "pipe", "inherit"]
        })
        atEnd(() => child.kill("SIGKILL"))
        await once(child.stdout, "data")
        return child
      })
    )
    const folder = tempFolder()
    const sums: Array<number> = []
    for (const name of ["one.db", "two.db", "three.db"]) {
      const copy = join(folder, name)
      const ran = await program(["backup", copy, "--json"], { AGENT_DB_PATH: db })
      assert.strictEqual(ran.code, 0, ran.err)
      assert.deepInclude(JSON.parse(ran.out), { format: 1, file: copy, projects: 1, steps: 2 * writers })
      assert.deepStrictEqual(query(copy, "PRAGMA integrity_check"), [{ integrity_check: "ok" }])
      const torn = query(
        copy,
        "SELECT a.id FROM steps a JOIN steps b ON b.id = a.id + 1 WHERE a.id % 2 = 1 AND a.priority <> b.priority"
      )
      assert.deepStrictEqual(torn, [])
      assert.deepStrictEqual(violationsIn(copy), [])
      sums.push(query<{ n: number }>(copy, "SELECT sum(priority) AS n FROM steps")[0]?.n ?? 0)
    }
    assert.isTrue(children.every((child) => child.exitCode === null && child.signalCode === null))
    assert.deepStrictEqual(
      sums,
      sums.toSorted((a, b) => a - b)
    )
    assert.isBelow(sums[0] as number, sums[2] as number, "nobody wrote between the copies")
  })

  it("refuse to restore while a server is connected, and restore once it has ended", async () => {
    const db = tempDatabase()
    const copy = join(tempFolder(), "copy.db")
    const server = await startServer(db)
    const plan = { name: "p", base_commit: "c", steps: [{ step_num: 1, branch: "b", scope: "s" }] }
    await server.call("create_project", plan)
    await program(["backup", copy], { AGENT_DB_PATH: db })
    await server.call("create_project", { ...plan, name: "q" })
    await server.call("claim_step", { agent_id: "a" })
    const refused = await program(["restore", copy, "--yes"], { AGENT_DB_PATH: db })
    assert.strictEqual(refused.code, 4)
    assert.include(refused.err, `Processes ${server.pid}`)
    assert.isFalse((await server.call("list_projects", {})).isError)
    await close(server)
    const restored = await program(["restore", copy, "--yes"], { AGENT_DB_PATH: db })
    assert.strictEqual(restored.code, 0, restored.err)
    assert.deepStrictEqual(query(db, "SELECT name FROM projects"), [{ name: "p" }])
    const again = await startServer(db)
    assert.lengthOf((await again.call("list_projects", {})).value, 1)
    await close(again)
  })
})
