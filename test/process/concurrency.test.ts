import { setTimeout as sleep } from "node:timers/promises"
import { assert, describe, it } from "vitest"
import { query } from "../support/database.ts"
import type { ServerProcess } from "../support/server.ts"
import { tempDatabase } from "../support/temp.ts"
import { close, startServer } from "../support/testServer.ts"

const processes = 8
const steps = 200

/** Every step waits for up to three steps before it, so that work is freed in waves. */
const plan = {
  name: "p",
  base_commit: "c",
  steps: Array.from({ length: steps }, (_, index) => ({
    step_num: index + 1,
    branch: `step${index + 1}`,
    scope: index % 2 === 0 ? "api" : "ui",
    depends_on: [index - 15, index - 16, index - 20].filter((num) => num > 0)
  }))
}

/** Claims, starts and completes until all is done; the ids of its steps, in the order of its claims. */
const work = async (server: ServerProcess, agent_id: string): Promise<ReadonlyArray<number>> => {
  const mine: Array<number> = []
  for (;;) {
    const { value: step, structured } = await server.call("claim_step", { project: "p", agent_id })
    if (step === null) {
      if (structured.reason === "all_done") return mine
      assert.include(["all_blocked", "all_claimed"], structured.reason)
      // The advice is for agents that work for minutes; these take milliseconds.
      await sleep(10)
      continue
    }
    mine.push(step.id)
    for (const [tool, more] of [
      ["start_step", { worktree: `/w/${step.step_num}` }],
      ["complete_step", { commit_hash: `${agent_id}-${step.id}`, files_modified: [`${step.id}.ts`] }]
    ] as const) {
      const { isError, text } = await server.call(tool, { step_id: step.id, ...more })
      assert.isFalse(isError, text)
    }
  }
}

describe(`${processes} processes on one plan of ${steps} steps`, () => {
  it("give every step to one agent, and get all of them done", async () => {
    const db = tempDatabase()
    // One makes the database; that many can make it together is the matter of another test.
    const first = await startServer(db)
    const servers = [first, ...(await Promise.all(Array.from({ length: processes - 1 }, () => startServer(db))))]

    const created = await Promise.all(servers.map((server) => server.call("create_project", plan)))
    assert.lengthOf(
      created.filter(({ isError }) => !isError),
      1
    )
    for (const { isError, structured } of created) if (isError) assert.strictEqual(structured.error._tag, "Conflict")

    const worked = await Promise.all(servers.map((server, index) => work(server, `agent-${index}`)))

    const given = worked.flat()
    assert.lengthOf(given, steps)
    assert.strictEqual(new Set(given).size, steps)
    worked.forEach((mine, index) => {
      assert.isNotEmpty(mine, `agent-${index} got no work`)
    })

    const agentOf = new Map(worked.flatMap((mine, index) => mine.map((id) => [id, `agent-${index}`] as const)))
    for (const step of query<Record<string, unknown> & { id: number }>(db, "SELECT * FROM steps")) {
      const agent_id = agentOf.get(step.id)
      assert.deepInclude(step, { status: "completed", attempt: 1, agent_id, unmet_dependencies: 0 })
      assert.strictEqual(step.last_commit, `${agent_id}-${step.id}`)
    }
    assert.deepStrictEqual(query(db, "SELECT status, open_steps FROM projects"), [
      { status: "completed", open_steps: 0 }
    ])
    const metrics = (await first.call("get_metrics", { project: "p" })).value
    assert.deepInclude(metrics, { total_steps: steps, completed: steps, scopes: { api: steps / 2, ui: steps / 2 } })

    // The audit trail tells the same: each step once through its lifecycle, by one agent, after all it depends on.
    type Trail = { step_id: number; agents: string; types: string; attempts: number }
    const trails = query<Trail>(
      db,
      `SELECT step_id, group_concat(DISTINCT agent_id) AS agents, group_concat(event_type) AS types,
         sum(metadata ->> 'attempt') AS attempts
       FROM (SELECT * FROM agent_events ORDER BY id) GROUP BY step_id`
    )
    assert.lengthOf(trails, steps)
    for (const { step_id, agents, types, attempts } of trails) {
      assert.strictEqual(agents, agentOf.get(step_id))
      assert.strictEqual(types, "claimed,started,completed")
      assert.strictEqual(attempts, 3)
    }
    const early = `SELECT d.* FROM dependencies d
      JOIN agent_events claimed ON claimed.step_id = d.step_id AND claimed.event_type = 'claimed'
      JOIN agent_events done ON done.step_id = d.depends_on_step_id AND done.event_type = 'completed'
      WHERE claimed.id < done.id OR claimed.timestamp < done.timestamp`
    assert.deepStrictEqual(query(db, early), [])
    await Promise.all(servers.map(close))
  })
})
