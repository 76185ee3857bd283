import { setTimeout } from "node:timers/promises"
import Database from "better-sqlite3"
import { assert, describe, it } from "vitest"
import { latest } from "../../src/layers/store/sqlite/Migrations.ts"
import { tempDatabase } from "../support/temp.ts"
import { close, startServer } from "../support/testServer.ts"

const events = 100_000
const steps = [1, 2].map((num) => ({ step_num: num, branch: `b${num}`, scope: "api" }))
const plan = { name: "p", base_commit: "c", steps }
/** Milliseconds that the sweeps of the next process may take for all of it. */
const longest = 120_000

describe("the deletion of a project with a hundred thousand events", () => {
  it("is finished by the next process if the first is killed; nobody sees the project meanwhile", {
    timeout: 240_000
  }, async () => {
    const db = tempDatabase()
    const first = await startServer(db, { HQ_SWEEP_EVERY: "1 hour" })
    await first.call("create_project", plan)
    await first.call("claim_step", { agent_id: "a", project: "p" })
    const person = new Database(db, { timeout: 10_000 })
    person
      .prepare(
        `WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ?)
        INSERT INTO agent_events (agent_id, project_id, step_id, event_type, timestamp, format)
        SELECT 'a', 1, 1, 'started', '2026-01-01T00:00:00.000Z', ${latest} FROM n`
      )
      .run(events)
    const attached = () =>
      person.prepare("SELECT count(*) FROM agent_events WHERE project_id = 1").pluck().get() as number
    const isDeleting = () => person.prepare("SELECT status FROM projects WHERE id = 1").pluck().get() === "deleted"

    const answer = first.call("delete_project", { name: "p", force: true }).catch(() => undefined)
    while (!isDeleting()) await setTimeout(1)
    first.signal("SIGKILL")
    await Promise.all([first.ended, answer])
    assert.isAbove(attached(), events / 2)

    const next = await startServer(db, { HQ_SWEEP_EVERY: "4 seconds" })
    const refusal = async (tool: string, input: object) => {
      const { isError, text } = await next.call(tool, input)
      assert.isTrue(isError, `${tool}: ${text}`)
      return text
    }
    const named = {
      get_project: { name: "p" },
      update_project: { name: "p", priority: 1 },
      explain_step: { project: "p" }
    }
    for (const [tool, input] of Object.entries(named)) assert.include(await refusal(tool, input), "NotFound")
    assert.include(await refusal("delete_project", { name: "p" }), "NotFound")
    assert.include(await refusal("get_metrics", { project: "p" }), "NotFound")
    assert.include(await refusal("heartbeat", { step_id: 1, agent_id: "a", attempt: 1 }), "Conflict")
    const structured = async (tool: string, input: object = {}) => (await next.call(tool, input)).structured
    assert.deepInclude(await structured("list_projects"), { projects: [] })
    assert.deepInclude(await structured("get_available_steps"), { steps: [] })
    assert.deepInclude(await structured("get_agent_work", { agent_id: "a" }), { steps: [] })
    assert.deepInclude(await structured("get_metrics"), { total_steps: 0, in_progress: 0 })
    assert.deepInclude(await structured("claim_step", { agent_id: "b" }), { step: null, reason: "no_projects" })
    assert.isTrue(isDeleting())

    // Its name is free.
    const { isError, text } = await next.call("create_project", plan)
    assert.isFalse(isError, text)
    const since = performance.now()
    while (attached() > 0 && performance.now() - since < longest) await setTimeout(200)
    assert.strictEqual(attached(), 0)
    await close(next)
    assert.deepStrictEqual(person.prepare("SELECT id, name FROM projects").all(), [{ id: 2, name: "p" }])
    assert.strictEqual(person.prepare("SELECT count(*) FROM agent_events").pluck().get(), events + 2)
    person.close()
    process.stderr.write(
      `${events} events let go of in ${((performance.now() - since) / 1000).toFixed(1)} s of sweeps\n`
    )
  })
})
