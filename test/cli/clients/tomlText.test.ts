import { assert, describe, it } from "vitest"
import { servers, table } from "../../../src/cli/clients/tomlText.ts"

describe("servers", () => {
  it("reads tables, whether their variables are in braces or in a table", () => {
    const found = servers(`model = "x"
[mcp_servers.one] # first
command = "hq"
env = { AGENT_DB_PATH = "/a b.db", OTHER = 'C:\\x' }

[ mcp_servers . "two" ]
args = [
  "--flag", # why
  'plain'
]
command = "node"
[mcp_servers.two.env]
AGENT_DB_PATH = "/b\\"c.db"
[[lists]]
command = "not this"
[other]
command = "nor this"
`)
    assert.deepStrictEqual(Object.fromEntries(found), {
      one: { command: "hq", args: [], env: { AGENT_DB_PATH: "/a b.db", OTHER: "C:\\x" } },
      two: { command: "node", args: ["--flag", "plain"], env: { AGENT_DB_PATH: '/b"c.db' } }
    })
  })
})

describe("table", () => {
  it("is read back", () => {
    for (const server of [
      { command: "hq", args: [], env: {} },
      { command: "/usr/bin/node", args: ["/a b/hq.cjs"], env: { AGENT_DB_PATH: 'C:\\x "y".db' } }
    ]) {
      assert.deepStrictEqual(Object.fromEntries(servers(table("hq", server))), { hq: server })
    }
  })
})
