import { copyFileSync, existsSync, linkSync, renameSync, rmSync, symlinkSync, writeFileSync } from "node:fs"
import { setTimeout as sleep } from "node:timers/promises"
import { assert, describe, it } from "vitest"
import { query } from "../support/database.ts"
import type { ServerProcess } from "../support/server.ts"
import { tempDatabase } from "../support/temp.ts"
import { close, startServer } from "../support/testServer.ts"

const plan = (name: string, steps: number) => ({
  name,
  base_commit: "c",
  steps: Array.from({ length: steps }, (_, at) => ({ step_num: at + 1, branch: `b${at + 1}`, scope: "s" }))
})

/** A server with a plan of a few steps, the first of which is claimed. */
const begun = async () => {
  const db = tempDatabase()
  const server = await startServer(db)
  await server.call("create_project", plan("p", 20))
  await server.call("claim_step", { project: "p", agent_id: "a" })
  return { db, server }
}

/** Every further call is refused with those words, reads included; the server still ends in order. */
const refusesAll = async (server: ServerProcess, words: ReadonlyArray<string>) => {
  const calls = [
    ["claim_step", { project: "p", agent_id: "a" }],
    ["get_project", { name: "p" }],
    ["claim_step", { project: "p", agent_id: "b", wait_seconds: 5 }],
    ["start_step", { step_id: 1 }]
  ] as const
  for (const [tool, input] of calls) {
    const answer = await server.call(tool, input)
    assert.isTrue(answer.isError, `${tool}: ${answer.text}`)
    assert.match(answer.text, /^StorageFailure: /)
    for (const word of words) assert.include(answer.text, word)
  }
  assert.strictEqual(await close(server), 0)
}

/** Until a look at the log and the index is not good any more. */
const pastLook = () => sleep(20)

const everything = (db: string) => [db, `${db}-wal`, `${db}-shm`]

describe("a database file under a running server", () => {
  it("that is removed: nothing more is acknowledged", async () => {
    const { db, server } = await begun()
    rmSync(db)
    await refusesAll(server, [`The database file ${db} was removed or renamed while hq was running: do not rely on`])
  })

  it("that is removed with all that is beside it, as git clean does", async () => {
    const { db, server } = await begun()
    for (const file of everything(db)) rmSync(file)
    await refusesAll(server, [`${db} was removed or renamed`, "Ask the operator to restart every hq process."])
    assert.isFalse(existsSync(db))
  })

  it("that is renamed: also once it is back", async () => {
    const { db, server } = await begun()
    renameSync(db, `${db}.old`)
    assert.isTrue((await server.call("claim_step", { project: "p", agent_id: "b" })).isError)
    renameSync(`${db}.old`, db)
    await refusesAll(server, [`${db} was removed or renamed`])
    const next = await startServer(db)
    assert.strictEqual((await next.call("get_project", { name: "p" })).value.step_counts.claimed, 1)
  })

  it("that is put back from a copy", async () => {
    const { db, server } = await begun()
    copyFileSync(db, `${db}.new`)
    renameSync(db, `${db}.old`)
    renameSync(`${db}.new`, db)
    await refusesAll(server, [`The database file ${db} was replaced while hq was running`, `remove ${db}-wal and`])
    const next = await startServer(db)
    assert.strictEqual((await next.call("get_project", { name: "p" })).value.step_counts.claimed, 1)
  })

  it("that is replaced: the successor's log stays when the server ends", async () => {
    const { db, server } = await begun()
    for (const file of everything(db)) rmSync(file)
    const next = await startServer(db)
    await next.call("create_project", plan("p", 3))
    // Or removed, if a sweep was the first to look.
    await refusesAll(server, [`The database file ${db} was re`])
    await next.call("claim_step", { project: "p", agent_id: "c" })
    next.signal("SIGKILL")
    await next.ended
    assert.deepStrictEqual(query(db, "SELECT agent_id FROM steps WHERE status = 'claimed'"), [{ agent_id: "c" }])
  })

  it("that an older copy is written over: no log is written into the copy", async () => {
    const { db, server } = await begun()
    const other = await startServer(db)
    // At its end, it writes the log into the database.
    await close(await startServer(db))
    const copy = `${db}.copy`
    copyFileSync(db, copy)
    await server.call("claim_step", { project: "p", agent_id: "b" })
    await close(await startServer(db))
    for (const one of [server, other]) assert.isFalse((await one.call("list_projects")).isError)
    copyFileSync(copy, db)
    const words = [
      `An older copy was written over the database file ${db} while hq was running`,
      "and put it back once"
    ]
    await refusesAll(server, words)
    await refusesAll(other, words)
    // As the message says.
    for (const file of everything(db)) rmSync(file)
    copyFileSync(copy, db)
    const next = await startServer(db)
    assert.strictEqual((await next.call("get_project", { name: "p" })).value.step_counts.claimed, 1)
    assert.deepStrictEqual(query(db, "PRAGMA integrity_check"), [{ integrity_check: "ok" }])
  })

  it("that a copy is written over while the log has all that it lacks: every call goes on", async () => {
    const { db, server } = await begun()
    const copy = `${db}.copy`
    copyFileSync(db, copy)
    await server.call("claim_step", { project: "p", agent_id: "b" })
    copyFileSync(copy, db)
    assert.strictEqual((await server.call("claim_step", { project: "p", agent_id: "b" })).value.id, 3)
    assert.strictEqual(await close(server), 0)
    const held = query(db, "SELECT agent_id FROM steps WHERE status = 'claimed' ORDER BY id")
    assert.deepStrictEqual(held, [{ agent_id: "a" }, { agent_id: "b" }, { agent_id: "b" }])
    assert.deepStrictEqual(query(db, "PRAGMA integrity_check"), [{ integrity_check: "ok" }])
  })

  it("that is moved, and a link to it put in its place: others would write another log", async () => {
    const { db, server } = await begun()
    renameSync(db, `${db}.moved`)
    symlinkSync(`${db}.moved`, db)
    await refusesAll(server, [`The database file ${db} was moved, and a link put in its place while hq was running`])
  })

  it("that gets a second name: a process that opens it by that name would keep another log", async () => {
    const { db, server } = await begun()
    linkSync(db, `${db}.link`)
    await refusesAll(server, [
      `A hard link to the database file ${db} was made while hq was running`,
      "to remove it, then"
    ])
  })

  it("that somebody truncates", async () => {
    const { db, server } = await begun()
    writeFileSync(db, "")
    await refusesAll(server, [`Something else was written over the database file ${db}`])
  })
})

describe("SQLite's files beside the database", () => {
  it("a log that is removed: what was acknowledged is saved, even if the server is killed", async () => {
    const { db, server } = await begun()
    rmSync(`${db}-wal`)
    await pastLook()
    const answer = await server.call("claim_step", { project: "p", agent_id: "b" })
    assert.include(answer.text, `SQLite's file ${db}-wal was removed or replaced while hq was running`)
    assert.isTrue((await server.call("list_projects")).isError)
    server.signal("SIGKILL")
    await server.ended
    assert.deepStrictEqual(query(db, "SELECT agent_id FROM steps WHERE status = 'claimed'"), [{ agent_id: "a" }])
    assert.deepStrictEqual(query(db, "PRAGMA integrity_check"), [{ integrity_check: "ok" }])
  })

  it("a log that is removed while nobody calls: what was acknowledged is saved at the end", async () => {
    const { db, server } = await begun()
    rmSync(`${db}-wal`)
    assert.strictEqual(await close(server), 0)
    const next = await startServer(db)
    assert.strictEqual((await next.call("get_project", { name: "p" })).value.step_counts.claimed, 1)
  })

  it("an index that is removed: nothing more is written beside another process", async () => {
    const { db, server } = await begun()
    rmSync(`${db}-shm`)
    const next = await startServer(db)
    await next.call("claim_step", { project: "p", agent_id: "c" })
    await pastLook()
    await refusesAll(server, [`SQLite's file ${db}-shm was removed or replaced`])
    const rows = "SELECT agent_id FROM steps WHERE status = 'claimed' ORDER BY id"
    assert.deepStrictEqual(query(db, rows), [{ agent_id: "a" }, { agent_id: "c" }])
  })
})

describe("what leaves the database as it is", () => {
  it("other processes, a checkpoint, a new mode or time: every call goes on", async () => {
    const { db, server } = await begun()
    const other = await startServer(db)
    for (let round = 0; round < 3; round++) {
      for (const one of [server, other]) {
        const { isError, text } = await one.call("claim_step", { project: "p", agent_id: "b" })
        assert.isFalse(isError, text)
      }
      await close(await startServer(db))
    }
    assert.strictEqual(await close(other), 0)
    assert.isFalse((await server.call("get_project", { name: "p" })).isError)
  })
})
