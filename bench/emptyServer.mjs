import { Server } from "@modelcontextprotocol/sdk/server/index.js"
import { StdioServerTransport } from "@modelcontextprotocol/sdk/server/stdio.js"
import { CallToolRequestSchema, ListToolsRequestSchema } from "@modelcontextprotocol/sdk/types.js"

// The least that a tool call can cost on this SDK: one tool that does nothing. Plain JavaScript, so that nothing but the SDK is
// loaded when it starts.
const server = new Server({ name: "empty", version: "1" }, { capabilities: { tools: {} } })
server.setRequestHandler(ListToolsRequestSchema, () => ({
  tools: [{ name: "nothing", inputSchema: { type: "object" } }]
}))
server.setRequestHandler(CallToolRequestSchema, () => ({ content: [{ type: "text", text: "null" }] }))
await server.connect(new StdioServerTransport())
