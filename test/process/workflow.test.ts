import { assert, describe, it } from "vitest"
import { startServer } from "../support/server.ts"
import { tempDatabase } from "../support/temp.ts"

describe("basic worktree workflow of the contract", () => {
  it("runs as documented, over real stdio", async () => {
    const mcp = await startServer(tempDatabase())
    await mcp.call("create_project", {
      name: "myapp-auth",
      base_commit: "abc123",
      steps: [
        { step_num: 1, branch: "step1/auth-add-jwt-utils", scope: "auth", depends_on: [] },
        { step_num: 2, branch: "step2/auth-add-middleware", scope: "auth", depends_on: [1] },
        { step_num: 3, branch: "step3/api-add-endpoints", scope: "api", depends_on: [1, 2] }
      ]
    })
    const { value: step } = await mcp.call("claim_step", { project: "myapp-auth", agent_id: "agent-1" })
    assert.deepInclude(step, {
      step_num: 1,
      branch: "step1/auth-add-jwt-utils",
      status: "claimed",
      agent_id: "agent-1"
    })
    await mcp.close()
  })
})
