import { spawn, spawnSync } from "node:child_process"
import { once } from "node:events"
import { readFileSync } from "node:fs"
import { fileURLToPath } from "node:url"
import Sqlite from "better-sqlite3"
import * as Effect from "effect/Effect"
import { assert, describe, it } from "vitest"
import * as Coordination from "../../src/layers/Coordination.ts"
import { latest } from "../../src/layers/store/sqlite/Migrations.ts"
import { atEnd } from "../support/cleanup.ts"
import { free, hq } from "../support/hq.ts"
import { bin } from "../support/server.ts"
import { tempDatabase } from "../support/temp.ts"

const built = (name: string) => readFileSync(fileURLToPath(new URL(`../../dist/${name}`, import.meta.url)), "latin1")

const made = async (then: (db: Sqlite.Database) => void) => {
  const file = tempDatabase()
  await Effect.runPromise(Effect.provide(hq.create("p", free(2)), Coordination.layerSqlite({ filename: file })))
  const db = new Sqlite(file)
  then(db)
  db.close()
  return file
}

describe("the built programs", () => {
  /** What a program contains if it holds the command line. */
  const marks = ["@effect/cli/", "@effect/printer/", "hq/cli/", "hq/DatabaseFile"]

  it("keep the command line out of the server", () => {
    const [server, commandLine] = [built("server.cjs"), built("cli.cjs")]
    for (const mark of marks) {
      assert.include(commandLine, mark)
      assert.notInclude(server, mark)
    }
  })
})

describe("the command line", () => {
  it("ends with 130 on SIGINT and SIGTERM, without a word, and leaves nothing done", async () => {
    const file = await made((db) => db.exec("UPDATE projects SET open_steps = 9"))
    const locker = new Sqlite(file)
    locker.exec("BEGIN IMMEDIATE")
    for (const signal of ["SIGINT", "SIGTERM"] as const) {
      const child = spawn(process.execPath, [bin, "doctor", "--fix"], {
        env: { PATH: process.env.PATH, HOME: "/nonexistent", AGENT_DB_PATH: file, HQ_BUSY_TIMEOUT: "5 minutes" }
      })
      atEnd(() => child.kill("SIGKILL"))
      let said = ""
      for (const stream of [child.stdout, child.stderr]) {
        stream.on("data", (chunk) => {
          said += chunk
        })
      }
      // By the time that it waits for the lock, its backup is there; the signal may come earlier too, and means the same.
      await new Promise((resolve) => setTimeout(resolve, 1500))
      assert.isNull(child.exitCode, said)
      child.kill(signal)
      const [code] = await once(child, "close")
      assert.deepStrictEqual([code, said], [130, ""])
    }
    locker.exec("ROLLBACK")
    assert.deepStrictEqual(locker.prepare("SELECT open_steps FROM projects").pluck().all(), [9])
    locker.close()
  })

  it("is quiet when its reader goes away", async () => {
    const file = await made((db) => {
      const insert = db.prepare(
        `INSERT INTO projects (name, created_at, format) VALUES (?, '2026-01-01T00:00:00.000Z', ${latest})`
      )
      db.transaction(() => {
        for (let at = 0; at < 3000; at++) insert.run(`project-${at}`)
      })()
    })
    const line = `"${process.execPath}" "${bin}" projects; echo "code $?" >&2`
    const ran = spawnSync("sh", ["-c", `(${line}) | head -1`], {
      encoding: "utf8",
      env: { PATH: process.env.PATH, HOME: "/nonexistent", AGENT_DB_PATH: file }
    })
    assert.match(ran.stdout, /^PROJECT .*\n$/)
    assert.strictEqual(ran.stderr, "code 0\n")
  })
})
