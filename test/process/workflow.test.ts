import Database from "better-sqlite3"
import { assert, describe, it } from "vitest"
import type { CallTool } from "../support/client.ts"
import { inspect, query } from "../support/database.ts"
import { tempDatabase } from "../support/temp.ts"
import { startClient } from "../support/testServer.ts"

/** The plan of the contract's example. */
const myapp = {
  name: "myapp-auth",
  base_commit: "abc123",
  steps: [
    { step_num: 1, branch: "step1/auth-add-jwt-utils", scope: "auth", depends_on: [] },
    { step_num: 2, branch: "step2/auth-add-middleware", scope: "auth", depends_on: [1] },
    { step_num: 3, branch: "step3/api-add-endpoints", scope: "api", depends_on: [1, 2] }
  ]
}

interface Caller {
  readonly call: CallTool
}

/** The value of a call that must succeed. */
const value = async (mcp: Caller, tool: string, input?: object) => {
  const answer = await mcp.call(tool, input)
  assert.isFalse(answer.isError, answer.text)
  return answer.value
}

const claim = (mcp: Caller, agent_id: string, project = "myapp-auth") => value(mcp, "claim_step", { project, agent_id })

describe("basic worktree workflow of the contract", () => {
  it("runs as documented, each agent with a server of its own", async () => {
    const db = tempDatabase()
    const [one, two] = [await startClient(db), await startClient(db)]
    await value(one, "create_project", myapp)

    const step = await claim(one, "agent-1")
    assert.deepInclude(step, {
      id: 1,
      step_num: 1,
      branch: "step1/auth-add-jwt-utils",
      scope: "auth",
      status: "claimed",
      agent_id: "agent-1"
    })
    assert.match(step.claimed_at, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/)
    assert.isNull(await claim(two, "agent-2"), "step 2 waits for step 1")

    const worktree = "/Users/home/myapp-step1-auth-add-jwt-utils"
    assert.deepInclude(await value(one, "start_step", { step_id: step.id, worktree }), {
      status: "in_progress",
      worktree
    })
    for (let beat = 0; beat < 3; beat++) {
      const { last_heartbeat } = await value(one, "heartbeat", { step_id: step.id, agent_id: "agent-1" })
      assert.isAtLeast(Date.parse(last_heartbeat), Date.parse(step.claimed_at))
    }
    const done = {
      files_modified: ["src/utils/jwt.go", "src/utils/jwt_test.go"],
      notes: "JWT signing and validation complete"
    }
    await value(one, "complete_step", { step_id: step.id, commit_hash: "def456", ...done })

    const next = await claim(two, "agent-2")
    assert.deepInclude(next, { step_num: 2, branch: "step2/auth-add-middleware", agent_id: "agent-2" })

    assert.deepInclude(await value(two, "get_step", { step_id: step.id }), {
      status: "completed",
      last_commit: "def456",
      ...done
    })
    const project = await value(two, "get_project", { name: "myapp-auth" })
    assert.deepInclude(project, { status: "active", base_commit: "abc123" })
    assert.deepStrictEqual(
      project.steps.map(({ status }: { status: string }) => status),
      ["completed", "claimed", "not_started"]
    )
    const events = await value(two, "get_agent_events", { project: "myapp-auth", agent_id: "agent-1", limit: 100 })
    assert.deepStrictEqual(
      events.map(({ event_type }: { event_type: string }) => event_type),
      ["completed", "heartbeat", "heartbeat", "heartbeat", "started", "claimed"]
    )
  })
})

describe("crash recovery of the contract", () => {
  it("finds and recovers the step of an agent whose process was killed", async () => {
    const db = tempDatabase()
    const [crashing, watching] = [await startClient(db), await startClient(db)]
    await value(crashing, "create_project", myapp)
    const step = await claim(crashing, "agent-1")
    await value(crashing, "start_step", { step_id: step.id })
    crashing.signal("SIGKILL")

    assert.deepStrictEqual(await value(watching, "detect_stale_work", { timeout_minutes: 1 }), [], "just heard of")
    // Twenty minutes of silence, without waiting for them.
    const file = new Database(db)
    file.exec(
      "UPDATE steps SET last_heartbeat = strftime('%Y-%m-%dT%H:%M:%fZ', last_heartbeat, '-20 minutes') WHERE id = 1"
    )
    file.close()
    const stale = await value(watching, "detect_stale_work", { timeout_minutes: 15 })
    assert.lengthOf(stale, 1)
    assert.deepInclude(stale[0], { id: step.id, branch: step.branch, agent_id: "agent-1" })
    assert.deepStrictEqual(await value(watching, "detect_stale_work", { timeout_minutes: 25 }), [])

    const recovered = await value(watching, "recover_step", { step_id: step.id })
    assert.strictEqual(recovered.status, "not_started")
    assert.deepInclude(await claim(watching, "agent-2"), { id: step.id, agent_id: "agent-2", attempt: 2 })

    // The agent thought lost comes back: it is told that its work was given away.
    const back = await startClient(db)
    const late = await back.call("complete_step", {
      step_id: step.id,
      commit_hash: "x",
      agent_id: "agent-1",
      attempt: 1
    })
    assert.isTrue(late.isError)
    assert.deepInclude(late.structured.error, { _tag: "Conflict", holder: { agent_id: "agent-2", attempt: 2 } })
  })

  it("recovers a step of an agent that is alive only when forced to", async () => {
    const mcp = await startClient(tempDatabase())
    await value(mcp, "create_project", myapp)
    const step = await claim(mcp, "agent-1")
    assert.deepStrictEqual(await value(mcp, "detect_stale_work", {}), [])
    const refused = await mcp.call("recover_step", { step_id: step.id })
    assert.strictEqual(refused.structured.error._tag, "Conflict")
    const { status } = await value(mcp, "recover_step", { step_id: step.id, force: true })
    assert.strictEqual(status, "not_started")
  })
})

describe("cross-project work queue and metrics of the contract", () => {
  it("lists work over all projects, and counts what was done", async () => {
    const mcp = await startClient(tempDatabase())
    await value(mcp, "create_project", myapp)
    await value(mcp, "create_project", {
      name: "site",
      base_commit: "fff",
      steps: [1, 2].map((step_num) => ({ step_num, branch: `site${step_num}`, scope: "ui", depends_on: [] }))
    })
    const branches = async (filter: object) =>
      (await value(mcp, "get_available_steps", filter)).map(({ branch }: { branch: string }) => branch)
    assert.sameMembers(await branches({}), ["step1/auth-add-jwt-utils", "site1", "site2"])
    assert.deepStrictEqual(await branches({ scope: "ui" }), ["site1", "site2"])
    assert.deepStrictEqual(await branches({ scope: "ui", project: "myapp-auth" }), [])

    const step = await claim(mcp, "agent-1")
    await value(mcp, "start_step", { step_id: step.id })
    await value(mcp, "complete_step", { step_id: step.id, commit_hash: "c", files_modified: [] })
    const ofProject = await value(mcp, "get_metrics", { project: "myapp-auth" })
    assert.deepInclude(ofProject, { total_steps: 3, completed: 1, scopes: { auth: 2, api: 1 } })
    const ofAgent = await value(mcp, "get_metrics", { agent_id: "agent-1" })
    assert.deepInclude(ofAgent, { steps_completed: 1, scopes: { auth: 1 } })
    for (const { avg_time_hours } of [ofProject, ofAgent]) assert.isTrue(avg_time_hours >= 0 && avg_time_hours < 0.1)
    assert.lengthOf(await value(mcp, "list_projects", { status: "active" }), 2)
    assert.lengthOf(await value(mcp, "list_projects", { status: "completed" }), 0)
  })
})

describe("documented SQL, on the file of a running server", () => {
  const available = `SELECT s.* FROM steps s
    LEFT JOIN dependencies d ON s.id = d.step_id
    LEFT JOIN steps ds ON d.depends_on_step_id = ds.id
    WHERE s.status = 'not_started'
    AND (ds.status = 'completed' OR ds.id IS NULL)`

  it("means what it says", async () => {
    const db = tempDatabase()
    const mcp = await startClient(db)
    const chain = (name: string) => ({ ...myapp, name, steps: myapp.steps.slice(0, 2) })
    for (const name of ["going", "finished"]) await value(mcp, "create_project", chain(name))
    const sameAsServer = async (expected: number) => {
      const listed = await value(mcp, "get_available_steps", {})
      const found = query<{ id: number }>(db, available)
      assert.sameMembers(
        found.map(({ id }) => id),
        listed.map(({ id }: { id: number }) => id)
      )
      assert.lengthOf(found, expected)
    }
    await sameAsServer(2)
    for (let num = 1; num <= 2; num++) {
      const { id } = await claim(mcp, "agent-1", "finished")
      await sameAsServer(1)
      await value(mcp, "start_step", { step_id: id })
      await value(mcp, "complete_step", { step_id: id, commit_hash: `c${num}`, files_modified: ["f"], notes: "n" })
      await sameAsServer(num === 1 ? 2 : 1)
    }

    const active = query<{ name: string }>(db, "SELECT * FROM projects WHERE status = 'active'")
    assert.deepStrictEqual(
      active.map(({ name }) => name),
      ["going"]
    )
    const { id: project_id } = await value(mcp, "get_project", { name: "finished" })
    const steps = query<Record<string, unknown> & { files_modified: string }>(
      db,
      `SELECT * FROM steps WHERE project_id = ${project_id}`
    )
    assert.lengthOf(steps, 2)
    for (const step of steps) {
      assert.deepInclude(step, { status: "completed", agent_id: "agent-1", notes: "n" })
      assert.deepStrictEqual(JSON.parse(step.files_modified), ["f"])
    }
    const activity = query<{ id: number }>(db, "SELECT * FROM agent_events ORDER BY timestamp DESC LIMIT 20")
    const events = await value(mcp, "get_agent_events", { limit: 20 })
    assert.sameMembers(
      activity.map(({ id }) => id),
      events.map(({ id }: { id: number }) => id)
    )
    assert.lengthOf(activity, 6)
    assert.deepStrictEqual(query(db, "PRAGMA journal_mode"), [{ journal_mode: "wal" }])
  })

  it("finds the documented tables and columns", async () => {
    const db = tempDatabase()
    await startClient(db)
    const columns = {
      projects: "id, name, base_commit, created_at, status, priority",
      steps:
        "id, project_id, step_num, branch, scope, status, worktree, agent_id, claimed_at, started_at, completed_at, last_heartbeat, last_commit, files_modified, notes",
      dependencies: "step_id, depends_on_step_id",
      agent_events: "id, agent_id, project_id, step_id, event_type, timestamp, metadata"
    }
    for (const [table, names] of Object.entries(columns)) {
      const found = inspect(db, (file) =>
        file
          .prepare(`SELECT ${names} FROM ${table}`)
          .columns()
          .map(({ name }) => name)
      )
      assert.deepStrictEqual(found, names.split(", "))
    }
  })
})
