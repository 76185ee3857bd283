import { fileURLToPath } from "node:url"
import { Client } from "@modelcontextprotocol/sdk/client/index.js"
import { StdioClientTransport } from "@modelcontextprotocol/sdk/client/stdio.js"

const pathOf = (file: string) => fileURLToPath(new URL(file, import.meta.url))

/** A server process with the SDK's client. */
export interface Server {
  readonly pid: number
  /** Calls a tool and returns its structured result. Fails if the result is an error. */
  readonly call: (tool: string, input: Record<string, unknown>) => Promise<unknown>
  /** Ends the process. */
  readonly close: () => Promise<void>
}

const connect = async (file: string, env: Record<string, string>): Promise<Server> => {
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

/** Starts the built hq on a file and returns after the answer to `initialize`. */
export const startHq = (file: string): Promise<Server> =>
  connect("../dist/hq.cjs", { AGENT_DB_PATH: file, HQ_SYNCHRONOUS: "FULL", HQ_LOG_LEVEL: "warning" })

/** Starts a server on the bare SDK, whose only tool is "nothing", and returns after the answer to `initialize`. */
export const startEmpty = (): Promise<Server> => connect("emptyServer.mjs", {})
