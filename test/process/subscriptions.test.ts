import type { Client } from "@modelcontextprotocol/sdk/client/index.js"
import {
  ResourceListChangedNotificationSchema,
  ResourceUpdatedNotificationSchema
} from "@modelcontextprotocol/sdk/types.js"
import { assert, describe, it } from "vitest"
import { requestLine } from "../support/client.ts"
import { timedEnd } from "../support/server.ts"
import { tempDatabase } from "../support/temp.ts"
import { startClient, startServer } from "../support/testServer.ts"

const plan = (name: string) => ({
  name,
  base_commit: "c",
  steps: [
    { step_num: 1, branch: "one", scope: "api" },
    { step_num: 2, branch: "two", scope: "api", depends_on: [1] }
  ]
})

/** What the server tells of resources from now on: each call waits for the next. */
const listen = (client: Client) => {
  const told: Array<string> = []
  let wake = () => {}
  const tell = (message: string) => {
    told.push(message)
    wake()
  }
  client.setNotificationHandler(ResourceUpdatedNotificationSchema, ({ params }) => tell(params.uri))
  client.setNotificationHandler(ResourceListChangedNotificationSchema, () => tell("list"))
  return async () => {
    while (told.length === 0) {
      await new Promise<void>((resolve, reject) => {
        wake = resolve
        setTimeout(() => reject(new Error("nothing was told within 5 s")), 5_000).unref()
      })
    }
    return told.shift()
  }
}

describe("a subscription in one process", () => {
  it("is told of what agents of others do", async () => {
    const db = tempDatabase()
    const [watching, working] = [await startClient(db), await startServer(db)]
    await working.call("create_project", plan("my app"))
    const next = listen(watching.client)
    const uris = ["hq://projects/my%20app", "hq://steps/1"]
    for (const uri of uris) await watching.client.subscribeResource({ uri })

    for (const [tool, input, status] of [
      ["claim_step", { project: "my app", agent_id: "a" }, "claimed"],
      ["start_step", { step_id: 1 }, "in_progress"],
      ["complete_step", { step_id: 1, commit_hash: "c" }, "completed"]
    ] as const) {
      assert.isFalse((await working.call(tool, input)).isError)
      assert.sameMembers([await next(), await next()], uris)
      const { contents } = await watching.client.readResource({ uri: "hq://steps/1" })
      assert.strictEqual(JSON.parse((contents[0] as { text: string }).text).status, status)
    }

    await working.call("create_project", plan("other"))
    assert.strictEqual(await next(), "list")
    await working.call("delete_project", { name: "my app" })
    assert.sameMembers([await next(), await next(), await next()], ["list", ...uris])
  })

  it("does not hold up its end", async () => {
    const db = tempDatabase()
    const server = await startServer(db)
    await server.call("create_project", plan("p"))
    assert.deepStrictEqual((await server.ask("resources/subscribe", { uri: "hq://projects/p" })).result, {})
    server.child.stdin.end(requestLine("last", "resources/subscribe", { uri: "hq://steps/1" }))
    const { code, ms } = await timedEnd(server)
    assert.strictEqual(code, 0, server.stderr())
    assert.isBelow(ms, 2_000)
    assert.include(server.stdout(), '{"result":{},"jsonrpc":"2.0","id":"last"}')
    assert.strictEqual(server.stderr(), "")
  })
})
