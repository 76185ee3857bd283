import assert from "node:assert/strict"
import Database from "better-sqlite3"
import { inWorld, planOf, sleep, value } from "../support/world.ts"

/** A server that finds the new file locked comes up as soon as it is not. */
const startLocked = () =>
  inWorld({ HQ_BUSY_TIMEOUT: "5 seconds" }, async (world) => {
    const other = new Database(world.db)
    other.exec("BEGIN EXCLUSIVE")
    const server = world.start()
    await sleep(1500)
    other.exec("ROLLBACK")
    other.close()
    assert.deepEqual(await value(server.call("list_projects")), [])
  })

/** Many servers that start at once on a file that is not there yet all come up, and find one another's plans. */
const startAtOnce = (count: number) =>
  inWorld({}, async (world) => {
    const servers = Array.from({ length: count }, () => world.start())
    const created = await Promise.all(servers.map((server) => server.call("create_project", planOf("p", 1))))
    assert.equal(created.filter(({ isError }) => !isError).length, 1)
    const claims = await Promise.all(
      servers.map((server, index) => server.call("claim_step", { project: "p", agent_id: `agent-${index}` }))
    )
    assert.equal(claims.filter(({ value }) => value !== null).length, 1)
    world.check()
  })

export const startTogether = async ({ rounds, servers }: { seed: number; rounds: number; servers: number }) => {
  await startLocked()
  for (let at = 0; at < rounds; at++) await startAtOnce(servers)
  return { rounds, servers }
}
