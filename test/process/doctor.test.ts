import { spawnSync } from "node:child_process"
import { assert, describe, it } from "vitest"
import { bin } from "../support/server.ts"
import { settableClock } from "../support/settableClock.ts"
import { tempDatabase, tempFolder } from "../support/temp.ts"
import { close, startServer } from "../support/testServer.ts"

const hour = 3_600_000

/** What `hq doctor` says of the clock while a server holds a step whose clock is ahead by so many milliseconds. */
const besideServer = async (offset: number) => {
  const db = tempDatabase()
  const server = await startServer(db, settableClock(tempFolder(), "server", offset).env)
  await server.call("create_project", {
    name: "p",
    base_commit: "abc",
    steps: [{ step_num: 1, branch: "b", scope: "s" }]
  })
  await server.call("claim_step", { agent_id: "a" })
  const env = { PATH: process.env.PATH, HOME: "/nonexistent", AGENT_DB_PATH: db }
  const { status, stdout } = spawnSync(process.execPath, [bin, "doctor"], { encoding: "utf8", env })
  await close(server)
  return { status, clock: stdout.match(/^\w+ +clock .*\n.*/m)?.[0] ?? "", pid: server.pid }
}

describe("hq doctor beside a server", () => {
  it("tells that clocks disagree, in either direction, and what to do", async () => {
    const ahead = await besideServer(hour)
    assert.strictEqual(ahead.status, 1)
    assert.match(ahead.clock, /^error +clock +This clock is (59m \d+s|1h) behind the latest write/)
    assert.match(ahead.clock, /→ Set the clock of this machine\./)
    const behind = await besideServer(-hour)
    assert.strictEqual(behind.status, 0)
    assert.match(
      behind.clock,
      /^warning +clock +This clock is 1h( \ds)? ahead of what a process wrote that holds steps/
    )
    assert.match(behind.clock, new RegExp(`→ If this clock is wrong, set it\\. .* -p ${behind.pid}\\.`))
    assert.match((await besideServer(0)).clock, /^ok +clock +not behind the latest write/)
  })
})
