import { readdirSync, readFileSync } from "node:fs"
import { setTimeout as sleep } from "node:timers/promises"
import { assert, describe, it } from "vitest"
import { type Answer, requestLine } from "../support/client.ts"
import { query } from "../support/database.ts"
import { type ServerProcess, timedEnd } from "../support/server.ts"
import { tempDatabase } from "../support/temp.ts"
import { close, startServer } from "../support/testServer.ts"

const processes = 30
const freed = 3

/** Step 1 frees the others. */
const plan = (others: number) => ({
  name: "p",
  base_commit: "c",
  steps: Array.from({ length: others + 1 }, (_, at) => ({
    step_num: at + 1,
    branch: `step${at + 1}`,
    scope: "api",
    depends_on: at === 0 ? [] : [1]
  }))
})

const input = (agent_id: string, more: object = {}) => ({ project: "p", agent_id, wait_seconds: 50, ...more })

/** Step 1 is at work, and others wait for it. */
const blocked = async (call: (tool: string, input: object) => Promise<unknown>, others = freed) => {
  await call("create_project", plan(others))
  await call("claim_step", { project: "p", agent_id: "worker" })
  await call("start_step", { step_id: 1 })
}

const queued = (db: string) =>
  query<{ agent_id: string }>(db, "SELECT agent_id FROM claim_waiters ORDER BY id").map(({ agent_id }) => agent_id)

/** Waits until so many calls are queued. */
const until = async (db: string, count: number) => {
  for (let at = 0; at < 500 && queued(db).length !== count; at++) await sleep(20)
  assert.lengthOf(queued(db), count)
}

/** Two at a time: more would only wait for each other. */
const startAll = async (db: string, count: number): Promise<ReadonlyArray<ServerProcess>> => {
  const servers: Array<ServerProcess> = []
  while (servers.length < count) servers.push(...(await Promise.all([startServer(db), startServer(db)])))
  return servers
}

describe(`${processes} processes that wait`, () => {
  it(`are woken by one completion that frees ${freed} steps, and ${freed} of them have one each`, async () => {
    const db = tempDatabase()
    const worker = await startServer(db)
    await blocked(worker.call)
    const servers = await startAll(db, processes)
    const answers: Array<{ readonly at: number; readonly agent: string; readonly answer: Answer }> = []
    const calls = servers.map(async (server, index) => {
      const agent = `agent-${index}`
      const answer = await server.call("claim_step", input(agent))
      answers.push({ at: performance.now(), agent, answer })
    })
    await until(db, processes)
    const [...order] = queued(db)

    await worker.call("complete_step", { step_id: 1, commit_hash: "c" })
    const since = performance.now()
    for (let at = 0; at < 250 && answers.length < freed; at++) await sleep(20)
    const times = answers.map(({ at }) => Math.round(at - since))
    process.stdout.write(
      `  from the answer to complete_step to those of the ${freed} winners: ${times.join(", ")} ms\n`
    )
    assert.isBelow(Math.max(...times), 5000)
    // Nobody else is served by and by, and none of the steps is given twice.
    await sleep(700)
    assert.lengthOf(answers, freed)
    assert.sameMembers(
      answers.map(({ answer }) => answer.value.step_num),
      [2, 3, 4]
    )
    // First come, first served, unless this machine lets one of the first stand still for too long.
    const winners = answers.map(({ agent }) => agent)
    assert.deepStrictEqual(
      queued(db),
      order.filter((agent) => !winners.includes(agent))
    )
    assert.strictEqual(query(db, "SELECT 1 FROM agent_events WHERE event_type = 'claimed'").length, freed + 1)

    await Promise.all(servers.map(close))
    // Thirty processes that end at once on a busy machine need not all come to answer a client that has gone.
    await Promise.allSettled(calls)
    for (const { answer } of answers.slice(freed)) assert.strictEqual(answer.structured.reason, "all_claimed")
    await close(worker)
  })
})

describe("a server with 50 calls that wait", () => {
  it.each([
    ["end of input", (server: ServerProcess) => server.endInput()],
    ["SIGTERM", (server: ServerProcess) => server.signal("SIGTERM")]
  ])("%s: answers them and ends with code 0, in time", async (_, end) => {
    const db = tempDatabase()
    const server = await startServer(db)
    await blocked(server.call)
    for (let num = 0; num < 50; num++) {
      server.write(requestLine(`wait${num}`, "tools/call", { name: "claim_step", arguments: input(`a${num}`) }))
    }
    await until(db, 50)
    const exit = timedEnd(server)
    end(server)
    const { code, ms } = await exit
    assert.strictEqual(code, 0, server.stderr())
    assert.isBelow(ms, 2000)
    assert.strictEqual(server.stderr(), "")
    const answers = server
      .stdout()
      .split("\n")
      .filter((line) => line.includes("all_blocked"))
    assert.lengthOf(answers, 50)
    assert.deepStrictEqual(queued(db), [])
  })
})

describe("a call that waits", () => {
  it("is cancelled without an answer, and leaves the queue", async () => {
    const db = tempDatabase()
    const server = await startServer(db)
    await blocked(server.call)
    server.write(requestLine("wait", "tools/call", { name: "claim_step", arguments: input("a") }))
    await until(db, 1)
    const params = { requestId: "wait", reason: "changed my mind" }
    server.write(`${JSON.stringify({ jsonrpc: "2.0", method: "notifications/cancelled", params })}\n`)
    await until(db, 0)
    const completed = await server.call("complete_step", { step_id: 1, agent_id: "worker", commit_hash: "c" })
    assert.strictEqual(completed.value.status, "completed")
    await sleep(500)
    const claimed = query(db, "SELECT agent_id, attempt FROM steps WHERE step_num > 1")
    assert.deepStrictEqual(
      claimed,
      Array.from({ length: freed }, () => ({ agent_id: null, attempt: 0 }))
    )
    assert.strictEqual(await close(server), 0)
  })

  it("has its step although a process that came first was killed", async () => {
    const db = tempDatabase()
    const [first, second] = [await startServer(db), await startServer(db)]
    await blocked(second.call, 1)
    first.write(requestLine("wait", "tools/call", { name: "claim_step", arguments: input("dead") }))
    await until(db, 1)
    first.signal("SIGKILL")
    await first.ended
    assert.deepStrictEqual(queued(db), ["dead"])
    const call = second.call("claim_step", input("a"))
    await until(db, 2)
    await second.call("complete_step", { step_id: 1, agent_id: "worker", commit_hash: "c" })
    const since = performance.now()
    assert.strictEqual((await call).value.step_num, 2)
    assert.isBelow(performance.now() - since, 2000)
    await close(second)
  })
})

describe.runIf(process.platform === "linux")("many calls that wait in one process", () => {
  /** The watches that the process has of files, one list for each of its instances of inotify. */
  const watches = (pid: number) =>
    readdirSync(`/proc/${pid}/fdinfo`)
      .map((fd) => {
        try {
          return readFileSync(`/proc/${pid}/fdinfo/${fd}`, "utf8").match(/^inotify wd:.*$/gm) ?? []
        } catch {
          // Closed meanwhile.
          return []
        }
      })
      .filter((list) => list.length > 0)

  it("share one watch of the database", async () => {
    const count = 140
    const db = tempDatabase()
    const server = await startServer(db)
    await blocked(server.call)
    await server.ask("resources/subscribe", { uri: "hq://projects/p" })
    for (let at = 0; at < count; at++) {
      server.write(requestLine(at, "tools/call", { name: "claim_step", arguments: input(`agent-${at}`) }))
    }
    await until(db, count)
    const seen = new Set<number>()
    for (let at = 0; at < 20; at++) {
      seen.add(watches(server.pid).flat().length)
      await sleep(20)
    }
    assert.strictEqual(Math.max(...seen), 1)
    assert.strictEqual(await close(server), 0)
  })
})
