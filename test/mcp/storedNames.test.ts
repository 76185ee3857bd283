import { assert } from "@effect/vitest"
import type { Client } from "@modelcontextprotocol/sdk/client/index.js"
import * as Effect from "effect/Effect"
import { hq } from "../support/hq.ts"
import { connect } from "../support/inProcess.ts"
import { rows } from "../support/rows.ts"
import { suite } from "../support/storages.ts"

/** Calls a tool, and returns its structured result. */
const asking = (client: Client) => (name: string, input: object) =>
  Effect.map(
    Effect.promise(() => client.callTool({ name, arguments: { ...input } })),
    ({ structuredContent }) => structuredContent as Record<string, unknown>
  )

const steps = [
  { step_num: 1, branch: "b1", scope: "api" },
  { step_num: 2, branch: "b2", scope: "api" }
]

suite("names with blanks at their ends, or decomposed", (test) => {
  test(
    "are stored without them, and found with and without",
    Effect.gen(function* () {
      const ask = asking(yield* connect)
      const created = yield* ask("create_project", { name: " A\u0308\n", base_commit: "abc\n", steps })
      assert.deepInclude(created, { name: "\u00c4", base_commit: "abc" })
      const [step] = (yield* ask("get_project", { name: "A\u0308 " })).steps as ReadonlyArray<{ id: number }>
      const claim = { project: "\u00c4 ", agent_id: "x ", request_id: "1" }
      assert.deepInclude((yield* ask("claim_step", claim)).step, { id: step?.id, agent_id: "x" })
      const again = yield* ask("claim_step", { project: "\u00c4", agent_id: "x", request_id: " 1 " })
      assert.deepInclude(again.step, { id: step?.id, attempt: 1 })
      assert.deepInclude(yield* ask("start_step", { step_id: step?.id, agent_id: "\tx" }), { ok: true, agent_id: "x" })
      assert.lengthOf((yield* ask("get_agent_work", { agent_id: "x " })).steps as [], 1)
      assert.lengthOf((yield* ask("get_agent_events", { agent_id: " x", project: " \u00c4" })).events as [], 2)
      assert.deepInclude(yield* ask("update_project", { name: " \u00c4", new_name: " q " }), { name: "q" })
    })
  )

  test(
    "such as an older hq has stored are found as they are: work goes on under them",
    Effect.gen(function* () {
      const ask = asking(yield* connect)
      yield* hq.create("p", { 1: [], 2: [] })
      const name = "-\u202epA\u0308 "
      yield* rows("UPDATE $projects SET name = ?", [name])
      const agent_id = "-\u0007x "
      yield* rows("UPDATE $steps SET scope = ?, branch = ? WHERE step_num = 2", [" \u200b\u202eAPI ", "-rf\u001b"])

      // An agent of that name is at work.
      yield* hq.take("old", { project: name, step_num: 1 })
      yield* rows("UPDATE $steps SET agent_id = ? WHERE step_num = 1", [agent_id])
      const [held] = (yield* ask("get_agent_work", { agent_id })).steps as ReadonlyArray<{ id: number }>
      const own = { step_id: held?.id, agent_id }
      assert.deepInclude(yield* ask("start_step", own), { status: "in_progress", agent_id })
      assert.deepInclude(yield* ask("complete_step", { ...own, commit_hash: "c" }), { status: "completed" })
      assert.lengthOf((yield* ask("get_agent_events", { agent_id })).events as [], 2)
      assert.deepInclude(yield* ask("get_metrics", { agent_id }), { steps_completed: 1 })

      // A new claim needs a name of the new rules; the project keeps its own.
      const refused = yield* ask("claim_step", { project: name, agent_id })
      assert.deepInclude(refused.error, { _tag: "InvalidInput" })
      const claimed = yield* ask("claim_step", { project: name, agent_id: "a", scopes: [" \u200b\u202eapi "] })
      assert.deepInclude(claimed.step, { step_num: 2, branch: "-rf\u001b" })
      assert.deepInclude(yield* ask("get_project", { name }), { name })
      assert.deepInclude(yield* ask("update_project", { name, priority: 3 }), { priority: 3 })
      const operations = [{ op: "add", step_num: 3, branch: "b3", scope: "api" }]
      assert.deepInclude(yield* ask("update_plan", { project: name, operations }), { added: 1 })
      assert.deepInclude(yield* ask("explain_step", { project: name }), { project: name })
      assert.deepInclude(yield* ask("delete_project", { name, force: true }), { steps: 3 })
    })
  )

  test(
    "whose form an older hq has stored as well stay apart",
    Effect.gen(function* () {
      const ask = asking(yield* connect)
      for (const name of ["p", "q"]) yield* hq.create(name, { 1: [] })
      yield* rows("UPDATE $projects SET name = 'p ' WHERE name = 'q'")
      assert.deepInclude(yield* ask("get_project", { name: "p " }), { id: 2, name: "p " })
      assert.deepInclude(yield* ask("get_project", { name: " p" }), { id: 1, name: "p" })
      assert.deepInclude(yield* ask("update_project", { name: "p ", new_name: "q" }), { id: 2, name: "q" })
    })
  )
})
