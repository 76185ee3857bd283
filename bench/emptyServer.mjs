import { Server } from "@modelcontextprotocol/sdk/server/index.js"
import { StdioServerTransport } from "@modelcontextprotocol/sdk/server/stdio.js"
import { CallToolRequestSchema, ListToolsRequestSchema } from "@modelcontextprotocol/sdk/types.js"

// One tool that does nothing, to measure the lowest cost of a tool call on this SDK. It is plain JavaScript, so that only the SDK is
// loaded at start.
const server = new Server({ name: "empty", version: "1" }, { capabilities: { tools: {} } })
server.setRequestHandler(ListToolsRequestSchema, () => ({
  tools: [{ name: "nothing", inputSchema: { type: "object" } }]
}))
server.setRequestHandler(CallToolRequestSchema, () => ({ content: [{ type: "text", text: "null" }] }))
await server.connect(new StdioServerTransport())
