import { assert, describe, it } from "vitest"
import { query } from "../support/database.ts"
import { buildDiskFaults, faultyDisk } from "../support/diskFaults.ts"
import { tempDatabase, tempFolder } from "../support/temp.ts"
import { startServer } from "../support/testServer.ts"

const library = buildDiskFaults(tempFolder())

const claim = { project: "p", agent_id: "a", request_id: "r" }

const begun = async () => {
  const db = tempDatabase()
  const disk = faultyDisk(library as string, db)
  const server = await startServer(db, { ...disk.env, HQ_LOG_LEVEL: "none" })
  const steps = [1, 2].map((step_num) => ({ step_num, branch: `b${step_num}`, scope: "s" }))
  await server.call("create_project", { name: "p", base_commit: "c", steps })
  disk.set({ call: "sync", at: 1, act: "EIO", repeat: "always" })
  const answer = await server.call("claim_step", claim)
  disk.heal()
  assert.isTrue(answer.isError)
  assert.strictEqual(answer.structured.error._tag, "OutcomeUnknown")
  assert.include(answer.text, "it may have been kept, or not")
  assert.include(answer.text, "call it again with the same request_id")
  return { db, server }
}

const claims = (db: string) => query(db, "SELECT id, attempt FROM steps WHERE status = 'claimed'")

describe.skipIf(library === undefined)("a claim whose commit could not be synced", () => {
  it("may have been kept after a kill: the same request_id then returns that step", async () => {
    const { db, server } = await begun()
    server.signal("SIGKILL")
    await server.ended
    // Whoever opens the file first recovers the log, with the claim.
    assert.deepStrictEqual(claims(db), [{ id: 1, attempt: 1 }])
    const next = await startServer(db, { HQ_HEARTBEAT_EVERY: "50 millis" })
    assert.deepInclude((await next.call("get_agent_work", { agent_id: "a" })).value[0], { id: 1, attempt: 1 })
    // The killed session counts as alive for three renewals.
    let again = await next.call("claim_step", claim)
    while (again.isError) again = await next.call("claim_step", claim)
    assert.deepInclude(again.value, { id: 1, attempt: 1 })
    assert.deepStrictEqual(claims(db), [{ id: 1, attempt: 1 }])
  })

  it("is made once if the same process asks again with the same request_id", async () => {
    const { db, server } = await begun()
    assert.deepInclude((await server.call("claim_step", claim)).value, { id: 1, attempt: 1 })
    assert.deepStrictEqual((await server.call("get_agent_work", { agent_id: "a" })).value.length, 1)
    server.signal("SIGKILL")
    await server.ended
    assert.deepStrictEqual(claims(db), [{ id: 1, attempt: 1 }])
  })
})
