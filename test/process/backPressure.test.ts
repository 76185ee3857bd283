import { once } from "node:events"
import { readFileSync } from "node:fs"
import { setTimeout as sleep } from "node:timers/promises"
import { assert, describe, it } from "vitest"
import { requestLine } from "../support/client.ts"
import type { ServerProcess } from "../support/server.ts"
import { tempDatabase } from "../support/temp.ts"
import { close, startServer } from "../support/testServer.ts"

/** Most that a server may take beside what it takes when idle, in MB. */
const bound = 64

const resident = ({ pid }: ServerProcess): number =>
  Number(/VmRSS:\s*(\d+)/.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1]) / 1024

const plan = {
  name: "p",
  base_commit: "c",
  steps: Array.from({ length: 30 }, (_, at) => ({
    step_num: at + 1,
    branch: `b${at}`,
    scope: "s",
    description: "x".repeat(10_000)
  }))
}

/** A server whose client has stopped reading. */
const unread = async () => {
  const server = await startServer(tempDatabase())
  await server.call("create_project", plan)
  for (let at = 0; at < 100; at++) await server.call("get_step", { step_id: 1 })
  const idle = resident(server)
  server.child.stdout.pause()
  return { server, idle }
}

/** Writes requests until the server has taken none for half a second, or for 10 seconds. */
const flood = async (server: ServerProcess, request: (at: number) => string) => {
  const { stdin } = server.child
  let count = 0
  let most = 0
  const since = performance.now()
  for (let isTaken = true; isTaken && performance.now() - since < 10_000; ) {
    for (let at = 0; at < 100; at++) stdin.write(request(count++))
    isTaken = !stdin.writableNeedDrain || (await Promise.race([once(stdin, "drain"), sleep(500, false)])) !== false
    most = Math.max(most, resident(server))
  }
  return { count, most }
}

describe.runIf(process.platform === "linux")("a client that writes and does not read", () => {
  it.each([
    ["a read of 20 KB", (id: number) => requestLine(id, "tools/call", { name: "get_step", arguments: { step_id: 1 } })],
    ["another method", (id: number) => requestLine(id, "prompts/list")],
    ["what is no message", () => "garbage\n"]
  ])("makes the server stop reading, within 64 MB: %s", async (_, request) => {
    const { server, idle } = await unread()
    const { count, most } = await flood(server, request)
    assert.isTrue(server.child.stdin.writableNeedDrain, "the server went on reading")
    assert.isBelow(most - idle, bound)
    const before = server.stdout().split("\n").length
    server.child.stdout.resume()
    await server.ping()
    assert.isBelow(resident(server) - idle, bound)
    assert.strictEqual(await close(server), 0)
    assert.strictEqual(server.stdout().split("\n").length - before, count + 1, "answers")
  })

  it("does not hold up the end of the server", async () => {
    const { server } = await unread()
    for (let id = 0; id < 1000; id++) server.write(requestLine(id, "tools/list"))
    await sleep(300)
    server.endInput()
    const since = performance.now()
    const [code] = await once(server.child, "exit")
    assert.strictEqual(code, 0)
    assert.isBelow(performance.now() - since, 2000)
  })
})

describe("a last line without a newline", () => {
  it("is answered, and then the server ends", async () => {
    const server = await startServer(tempDatabase())
    server.write(requestLine("last", "tools/call", { name: "list_projects", arguments: {} }).trimEnd())
    server.endInput()
    assert.strictEqual((await server.next()).id, "last")
    assert.strictEqual(await server.ended, 0)
  })
})
