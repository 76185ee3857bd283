import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Coordination from "../../../src/layers/Coordination.ts"
import type { ToolResult } from "../../../src/mcp/Result.ts"
import { toolbox } from "../../../src/mcp/tools/toolbox.ts"
import { plan } from "../../support/hq.ts"
import { connect } from "../../support/inProcess.ts"
import { unsaid } from "../../support/said.ts"
import { tempDatabase } from "../../support/temp.ts"

const onFile = Layer.suspend(() => Coordination.layerSqlite({ filename: tempDatabase() }))

const ann = { project: "p", agent_id: "ann" }
const ben = { agent_id: "ben" }
const more = /There is more: call (\w+) again with cursor ".+"\.$/

/** Calls of every tool, in an order in which they succeed or are refused, and what the second text block says. */
const calls: ReadonlyArray<readonly [tool: string, input: object, said?: RegExp]> = [
  ["claim_step", ben, /^No step to claim \(no_projects\): no project is stored yet\. Ask again in 30 seconds/],
  ["create_project", plan("p", { 1: [], 2: [], 3: [1, 2] })],
  ["create_project", plan("q", { 1: [] })],
  ["list_projects", { limit: 1 }, more],
  ["get_project", { name: "p", limit: 1 }, more],
  ["get_available_steps", { limit: 1 }, more],
  ["claim_step", ann],
  ["claim_step", { ...ann, max_held: 2 }, /^You also hold: step 1 of "p" \(id 1\), claimed in attempt 1\.$/],
  ["claim_step", { ...ann, max_held: 2 }],
  ["get_agent_work", { agent_id: "ann", limit: 1 }, more],
  ["get_agent_events", { limit: 1 }, more],
  ["detect_stale_work", { timeout_minutes: 0.000_001, limit: 1 }, more],
  [
    "claim_step",
    { ...ben, project: "p" },
    /\(all_blocked\).* In the way: step 1 of "p" \(id 1\), claimed by agent "ann"; /
  ],
  ["claim_step", { ...ben, project: "p", step_num: 3 }],
  ["claim_step", { ...ben, project: "p", step_num: 1 }],
  [
    "claim_step",
    { ...ben, scopes: ["ip"] },
    /\(no_such_scope\): scope "ip" does not exist in any project; scopes: "api"\./
  ],
  ["start_step", { step_id: 1, agent_id: "ann" }],
  ["start_step", { step_id: 1, ...ben }],
  ["heartbeat", { step_id: 1, agent_id: "ann" }],
  ["complete_step", { step_id: 1, agent_id: "ann", commit_hash: "c", notes: "n" }],
  ["merge_step", { step_id: 1, merge_commit: "m" }],
  ["release_step", { step_id: 2, agent_id: "ann", reason: "no time" }],
  ["claim_step", { ...ann, step_num: 2 }],
  ["recover_step", { step_id: 2 }],
  ["fail_step", { step_id: 2, agent_id: "ann", reason: "no" }],
  [
    "claim_step",
    { ...ben, project: "p" },
    /\(failed_upstream\).*: step 2 of "p" \(id 2\), failed by agent "ann"\. .*recover_failed_step/
  ],
  ["recover_failed_step", { step_id: 2 }],
  ["get_step", { step_id: 1 }],
  ["explain_step", { step_id: 3 }],
  ["explain_step", { project: "p" }],
  ["get_metrics", {}],
  ["update_plan", { project: "p", expected_revision: 9, operations: [{ op: "cancel", step_num: 3 }] }],
  ["update_plan", { project: "p", operations: [{ op: "cancel", step_num: 3 }] }],
  ["update_project", { name: "p", status: "paused" }],
  ["claim_step", { ...ben, project: "p" }, /\(project_paused\): project "p" is paused\./],
  ["delete_project", { name: "p" }]
]

describe("a model that gets nothing but the text", () => {
  it.scopedLive("hears from each tool what structuredContent says", () =>
    Effect.gen(function* () {
      const client = yield* connect
      for (const [tool, input, said] of calls) {
        const answer = yield* Effect.promise(() => client.callTool({ name: tool, arguments: { ...input } }))
        const result = answer as ToolResult
        assert.deepStrictEqual(unsaid(result), [], `${tool}: ${JSON.stringify(result)}`)
        const [, remark] = result.content.map(({ text }) => text)
        if (said === undefined) assert.isUndefined(remark, tool)
        else assert.match(remark ?? "", said)
        if (said === more) assert.strictEqual(more.exec(remark ?? "")?.[1], tool)
      }
      assert.sameMembers(
        [...new Set(calls.map(([tool]) => tool))],
        toolbox.map(({ name }) => name)
      )
    }).pipe(Effect.provide(onFile))
  )
})
