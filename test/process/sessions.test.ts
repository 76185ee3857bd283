import { assert, describe, it } from "vitest"
import { free, plan } from "../support/hq.ts"
import { tempDatabase } from "../support/temp.ts"
import { close, startServer } from "../support/testServer.ts"
import { refusal, value } from "../support/world.ts"

/* Several clients, each with a server process of its own, that may go by one name. */

const agent_id = "agent-1"

/** Two clients on one plan of two steps. */
const twoClients = async () => {
  const db = tempDatabase()
  const [one, two] = [await startServer(db), await startServer(db)]
  await value(one.call("create_project", plan("p", free(2))))
  return { db, one, two }
}

describe("two clients under one name", () => {
  it("get a step each, also with the same request_id, and cannot write to each other's", async () => {
    const { one, two } = await twoClients()
    const claim = { project: "p", agent_id, request_id: "1" }
    const first = await value(one.call("claim_step", claim))
    const repeated = await refusal(two.call("claim_step", claim), "Conflict")
    assert.match(
      repeated.message,
      /^Step id 1 is claimed, held by agent "agent-1" in attempt 1 through another live session \(client "test 1", process \d+ on [^,]+, since [^,]+, last seen at [^)]+\)\. Choose another agent_id, one that no other agent uses; or, if that session is yours, too, go on with it: call start_step with attempt 1\.$/
    )
    assert.strictEqual((await value(two.call("claim_step", { project: "p", agent_id }))).step_num, 2)
    await value(one.call("start_step", { step_id: first.id, agent_id }))
    for (const [tool, more] of [
      ["complete_step", { commit_hash: "c" }],
      ["fail_step", { reason: "r" }],
      ["release_step", {}],
      ["heartbeat", {}]
    ] as const) {
      const error = await refusal(two.call(tool, { step_id: first.id, agent_id, ...more }), "Conflict")
      assert.include(error.message, 'held by agent "agent-1" in attempt 1 through another live session')
      assert.include(error.message, `call ${tool} again with attempt 1.`)
    }
    const named = await refusal(two.call("claim_step", { step_id: first.id, agent_id }), "Conflict")
    assert.notProperty(named, "held_by_you")
    await value(one.call("complete_step", { step_id: first.id, agent_id, commit_hash: "c" }))
  })

  it("are told by get_project, get_agent_work and explain_step which of them holds a step", async () => {
    const { one, two } = await twoClients()
    await value(one.call("claim_step", { project: "p", agent_id }))
    await value(two.call("claim_step", { project: "p", agent_id }))
    const { steps } = await value(one.call("get_project", { name: "p" }))
    const work = await value(one.call("get_agent_work", { agent_id }))
    const explained = await Promise.all([1, 2].map((step_id) => value(one.call("explain_step", { step_id }))))
    for (const held of [steps, work, explained]) {
      assert.deepStrictEqual(
        held.map(({ session }: { session: { pid: number; client_name: string } }) => [
          session.pid,
          session.client_name
        ]),
        [
          [one.pid, "test"],
          [two.pid, "test"]
        ]
      )
    }
  })

  it("take over at once what a client that has gone held, by the agent's name alone", async () => {
    const { one, two } = await twoClients()
    const claim = { project: "p", agent_id, request_id: "1" }
    const { id } = await value(one.call("claim_step", claim))
    await close(one)
    assert.strictEqual((await value(two.call("claim_step", claim))).id, id)
    await value(two.call("start_step", { step_id: id }))
    await value(two.call("complete_step", { step_id: id, commit_hash: "c" }))
  })
})

describe("subagents behind one client", () => {
  it("must name themselves once two of them have claimed", async () => {
    const { one } = await twoClients()
    const first = await value(one.call("claim_step", { project: "p", agent_id: "a" }))
    await value(one.call("start_step", { step_id: first.id }))
    // Also if the other one gets no step.
    await value(one.call("claim_step", { project: "p", agent_id: "b", scopes: ["none"] }))
    const error = await refusal(one.call("complete_step", { step_id: first.id, commit_hash: "c" }), "Conflict")
    assert.strictEqual(
      error.message,
      'Step id 1 is in_progress, held by agent "a" in attempt 1. Several agents have asked for steps through this session, and the call does not say which one it is. Call complete_step again with agent_id as you gave it to claim_step.'
    )
    await value(one.call("complete_step", { step_id: first.id, agent_id: "a", commit_hash: "c" }))
  })
})

describe("an agent whose claim's answer was lost", () => {
  it("hears at once that it holds all that is at work, also if it would wait", async () => {
    const db = tempDatabase()
    const server = await startServer(db)
    await value(server.call("create_project", plan("p", { 1: [], 2: [1] })))
    await value(server.call("claim_step", { project: "p", agent_id }))
    for (const wait of [{}, { wait_seconds: 50 }]) {
      const { structured, value: step } = await server.call("claim_step", { project: "p", agent_id, ...wait })
      assert.isNull(step)
      assert.strictEqual(structured.reason, "held_by_you")
      assert.notProperty(structured, "retry_after_seconds")
      assert.deepInclude(structured.holding[0], {
        step_id: 1,
        step_num: 1,
        project: "p",
        status: "claimed",
        attempt: 1
      })
    }
    const other = await server.call("claim_step", { project: "p", agent_id: "agent-2" })
    assert.strictEqual(other.structured.reason, "all_blocked")
    assert.notProperty(other.structured, "holding")
  })
})

describe("a client that starts a process for each call", () => {
  it("keeps its step from claim to completion", async () => {
    const db = tempDatabase()
    const grace = { HQ_DISCONNECT_GRACE: "100 millis", HQ_SWEEP_EVERY: "50 millis", HQ_HEARTBEAT_EVERY: "50 millis" }
    const once = async (tool: string, input: object) => {
      const server = await startServer(db, { ...grace, HQ_DISCONNECT_GRACE: "1 minute" })
      const answer = await value(server.call(tool, input))
      await close(server)
      return answer
    }
    await once("create_project", plan("p", free(1)))
    // Another one sweeps all the time.
    const other = await startServer(db, grace)
    const { id, claimed_at } = await once("claim_step", { project: "p", agent_id })
    const held = await value(other.call("get_step", { step_id: id }))
    assert.isAtLeast(Date.parse(held.lease_expires_at) - Date.parse(claimed_at), 15 * 60_000)
    assert.isString(held.session.ended_at)
    await once("start_step", { step_id: id, agent_id, worktree: "/w" })
    await once("heartbeat", { step_id: id, agent_id })
    const done = await once("complete_step", { step_id: id, agent_id, commit_hash: "c" })
    assert.deepInclude(done, { status: "completed", attempt: 1 })
  })
})
