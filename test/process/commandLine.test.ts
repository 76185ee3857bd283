import { spawn, spawnSync } from "node:child_process"
import { once } from "node:events"
import * as Effect from "effect/Effect"
import { assert, describe, it } from "vitest"
import * as Coordination from "../../src/layers/Coordination.ts"
import { free, hq } from "../support/hq.ts"
import { bin } from "../support/server.ts"
import { tempDatabase } from "../support/temp.ts"

const act = <A, E>(filename: string, acts: Effect.Effect<A, E, Coordination.Coordination>) =>
  Effect.runPromise(Effect.provide(acts, Coordination.layerSqlite({ filename })))

const run = (db: string, ...line: ReadonlyArray<string>) =>
  spawnSync(process.execPath, [bin, ...line], { encoding: "utf8", env: { PATH: process.env.PATH, AGENT_DB_PATH: db } })

/** How late a commit may be seen. Most are seen within 60 ms; the processor may be busy with other tests. */
const patience = 5000

describe("the built command line", () => {
  it("shows the status, and fails with the exit code of what is wrong", async () => {
    const db = tempDatabase()
    await act(db, hq.create("p", free(2)))
    const { status, stderr, stdout } = run(db, "status")
    assert.deepStrictEqual([status, stderr], [0, ""])
    assert.match(stdout, /^PROJECT .*\np +active /)
    assert.strictEqual(run(db, "status", "none").status, 3)
    assert.strictEqual(run(db, "wait", "p", "--timeout", "10ms").status, 8)
    assert.strictEqual(run(db, "events", "--limit", "0").status, 2)
  })

  it("watches what other processes commit, and ends with 130 on Ctrl-C", async () => {
    const db = tempDatabase()
    await act(db, hq.create("p", free(5)))
    const child = spawn(process.execPath, [bin, "watch", "--json"], {
      env: { PATH: process.env.PATH, AGENT_DB_PATH: db }
    })
    let seen = ""
    child.stdout.on("data", (data) => {
      seen += data
    })
    const until = async (text: string) => {
      const since = performance.now()
      while (!seen.includes(text) && performance.now() - since < patience) {
        await new Promise((resolve) => setTimeout(resolve, 2))
      }
      assert.include(seen, text)
    }
    try {
      await until("\n")
      for (const agent of ["ana", "bo", "cy"]) {
        await act(db, hq.take(agent))
        await until(`"${agent}"`)
      }
      child.kill("SIGINT")
      assert.deepStrictEqual(await once(child, "exit"), [130, null])
    } finally {
      child.kill("SIGKILL")
    }
  })
})
