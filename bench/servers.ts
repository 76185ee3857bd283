import { fileURLToPath } from "node:url"
import { Client } from "@modelcontextprotocol/sdk/client/index.js"
import { StdioClientTransport } from "@modelcontextprotocol/sdk/client/stdio.js"

const pathOf = (file: string) => fileURLToPath(new URL(file, import.meta.url))

/** A server process and the SDK's own client of it. */
export interface Served {
  readonly pid: number
  /** Fails where the tool does. */
  readonly call: (tool: string, input: Record<string, unknown>) => Promise<unknown>
  /** Ends the process. */
  readonly close: () => Promise<void>
}

const connect = async (file: string, env: Record<string, string>): Promise<Served> => {
  const transport = new StdioClientTransport({ command: process.execPath, args: [pathOf(file)], env })
  const client = new Client({ name: "bench", version: "1" })
  await client.connect(transport)
  return {
    pid: transport.pid as number,
    call: async (name, input) => {
      const { content, isError, structuredContent } = await client.callTool({ name, arguments: input })
      if (isError === true) throw new Error(`${name}: ${JSON.stringify(content)}`)
      return structuredContent
    },
    close: () => client.close()
  }
}

/** The built hq on a file, ready when it has answered `initialize`. */
export const startHq = (file: string): Promise<Served> =>
  connect("../dist/hq.cjs", { AGENT_DB_PATH: file, HQ_SYNCHRONOUS: "FULL", HQ_LOG_LEVEL: "warning" })

/** A server on the bare SDK whose one tool is named "nothing", ready when it has answered `initialize`. */
export const startEmpty = (): Promise<Served> => connect("emptyServer.mjs", {})
