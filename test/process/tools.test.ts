import { assert, describe, it } from "vitest"
import { tempDatabase } from "../support/temp.ts"
import { close, startServer } from "../support/testServer.ts"

describe("HQ_TOOLS=core", () => {
  it("offers the tools of planning and of the working loop, and knows no others", async () => {
    const server = await startServer(tempDatabase(), { HQ_TOOLS: "core" })
    const { result } = await server.ask("tools/list")
    const names = result.tools.map(({ name }: { name: string }) => name)
    assert.sameMembers(names, [
      "create_project",
      "update_plan",
      "get_project",
      "claim_step",
      "start_step",
      "complete_step",
      "fail_step",
      "release_step",
      "merge_step",
      "explain_step"
    ])
    const steps = [{ step_num: 1, branch: "step1/work", scope: "api" }]
    assert.isFalse((await server.call("create_project", { name: "p", base_commit: "abc123", steps })).isError)
    assert.isFalse((await server.call("claim_step", { project: "p", agent_id: "a" })).isError)
    const { error } = await server.ask("tools/call", { name: "delete_project", arguments: { name: "p" } })
    assert.strictEqual(error?.code, -32602)
    await close(server)
  })
})
