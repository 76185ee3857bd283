import { existsSync, statSync } from "node:fs"
import { setTimeout as sleep } from "node:timers/promises"
import Database from "better-sqlite3"
import { assert, describe, it } from "vitest"
import { handshake, requestLine } from "../support/client.ts"
import { dump, query } from "../support/database.ts"
import { type ServerProcess, timedEnd } from "../support/server.ts"
import { tempDatabase } from "../support/temp.ts"
import { startServer, startSilent } from "../support/testServer.ts"

/** Longest time that a client is kept waiting for the end, in milliseconds. */
const patience = 2000

const plan = (name: string, count = 1) => ({
  name,
  base_commit: "c",
  steps: Array.from({ length: count }, (_, index) => ({ step_num: index + 1, branch: "b".repeat(1000), scope: "api" }))
})

const endsWell = async (server: ServerProcess) => {
  const { code, ms } = await timedEnd(server)
  assert.strictEqual(code, 0, server.stderr())
  assert.isBelow(ms, patience)
  assert.strictEqual(server.stderr(), "")
}

/** The write-ahead log went into the database file. */
const assertCheckpointed = (db: string) => {
  const wal = `${db}-wal`
  assert.strictEqual(existsSync(wal) ? statSync(wal).size : 0, 0)
}

const kill = (signal: NodeJS.Signals) => (server: ServerProcess) => void server.signal(signal)
const endInput = (server: ServerProcess) => void server.endInput()

describe("the ways in which clients end a server", () => {
  it.each<readonly [string, (server: ServerProcess) => void | Promise<void>]>([
    ["end of input", endInput],
    ["SIGTERM", kill("SIGTERM")],
    ["SIGINT", kill("SIGINT")],
    [
      "SIGTERM, then end of input",
      (server) => {
        kill("SIGTERM")(server)
        endInput(server)
      }
    ],
    [
      "end of input, then SIGTERM",
      (server) => {
        endInput(server)
        kill("SIGTERM")(server)
      }
    ],
    [
      "SIGINT, and SIGTERM soon after",
      async (server) => {
        kill("SIGINT")(server)
        await sleep(100)
        kill("SIGTERM")(server)
      }
    ],
    [
      "output that nobody reads any more",
      (server) => {
        server.child.stdout.destroy()
        server.write(requestLine("unread", "tools/list"))
      }
    ]
  ])("%s: code 0 in time, all that was answered is in the database file", async (_, end) => {
    const db = tempDatabase()
    const server = await startServer(db)
    await server.call("create_project", plan("p"))
    const ended = endsWell(server)
    await end(server)
    await ended
    assertCheckpointed(db)
    assert.deepStrictEqual(query(db, "SELECT name FROM projects"), [{ name: "p" }])
  })

  it("with other servers at work on the file, which go on", async () => {
    const db = tempDatabase()
    const [one, other] = [await startServer(db), await startServer(db)]
    await one.call("create_project", plan("p"))
    endInput(one)
    await endsWell(one)
    assert.isFalse((await other.call("create_project", plan("q"))).isError)
    endInput(other)
    await endsWell(other)
    assertCheckpointed(db)
    assert.strictEqual(query(db, "SELECT * FROM projects").length, 2)
  })
})

describe("requests at work when the client goes", () => {
  const count = 60
  const requests = Array.from({ length: count }, (_, index) =>
    requestLine(index, "tools/call", { name: "create_project", arguments: plan(`p${index}`) })
  )

  it("are all answered, when they come in one go with the end of input", async () => {
    const db = tempDatabase()
    const server = startSilent(db)
    server.child.stdin.end(handshake + requests.join(""))
    await server.ended
    const answers = server
      .stdout()
      .split("\n")
      .slice(0, -1)
      .map((line) => JSON.parse(line))
    assert.sameMembers(
      answers.map(({ id }) => id),
      ["init", ...requests.keys()]
    )
    for (const { id, result } of answers) if (id !== "init") assert.strictEqual(result.structuredContent.name, `p${id}`)
    assert.strictEqual(query(db, "SELECT * FROM projects").length, count)
  })

  it("are kept if they were answered, when a signal comes", async () => {
    const db = tempDatabase()
    const server = await startServer(db)
    server.write(requests.join(""))
    await server.next()
    server.signal("SIGTERM")
    await endsWell(server)
    const answered = server.stdout().split("\n").slice(1, -1).length
    assert.isAtLeast(query(db, "SELECT * FROM projects").length, answered)
    assertCheckpointed(db)
  })
})

describe("a database that another process keeps locked", () => {
  it("does not hold up the end, and the request that waits for it does nothing", async () => {
    const db = tempDatabase()
    const server = await startServer(db)
    await server.call("create_project", plan("p"))
    const holder = new Database(db)
    holder.exec("BEGIN IMMEDIATE")
    server.write(
      requestLine("waiting", "tools/call", { name: "claim_step", arguments: { project: "p", agent_id: "a" } })
    )
    // Reads are answered meanwhile.
    assert.strictEqual((await server.call("get_step", { step_id: 1 })).value.status, "not_started")
    endInput(server)
    await endsWell(server)
    holder.exec("ROLLBACK")
    holder.close()
    assert.deepStrictEqual(query(db, "SELECT status, attempt FROM steps"), [{ status: "not_started", attempt: 0 }])
  })
})

describe("standard output", () => {
  it("is JSON-RPC, one message a line, whatever is logged", async () => {
    const db = tempDatabase()
    const server = await startServer(db, { HQ_LOG_LEVEL: "trace" })
    await server.ask("tools/list")
    await server.call("create_project", plan("p", 50))
    await server.call("claim_step", { project: "p", agent_id: "größe 漢字\n\u2028" })
    await server.call("complete_step", { step_id: 1, commit_hash: "c" })
    await server.call("claim_step", {})
    await server.ask("hq/unknown")
    await server.say("garbage\n")
    await server.say('{"jsonrpc":"2.0","id":"unexpected","result":{}}\n{"jsonrpc":"2.0","id":"ping","method":"ping"}\n')
    endInput(server)
    assert.strictEqual(await server.ended, 0)
    const lines = server.stdout().split("\n")
    assert.strictEqual(lines.pop(), "")
    assert.lengthOf(lines, 9)
    for (const line of lines) assert.propertyVal(JSON.parse(line), "jsonrpc", "2.0")
  })

  it("holds large answers without a word on standard error", async () => {
    const db = tempDatabase()
    const server = await startServer(db)
    await server.call("create_project", plan("p", 100))
    for (let round = 0; round < 15; round++) {
      const { structured } = await server.call("get_project", { name: "p", limit: 1000 })
      assert.lengthOf(structured.steps, 100)
    }
    endInput(server)
    await endsWell(server)
  })
})

describe("a server that only starts and stops", () => {
  it("leaves no rows behind, and changes none", async () => {
    const db = tempDatabase()
    const startAndStop = async () => {
      const server = await startServer(db)
      endInput(server)
      await endsWell(server)
      return dump(db)
    }
    const once = await startAndStop()
    for (const table of ["projects", "steps", "dependencies", "agent_events", "failed_steps_history"]) {
      assert.isEmpty(once[table], table)
    }
    assert.deepStrictEqual(await startAndStop(), once)
  })
})
