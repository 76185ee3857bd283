import { fileURLToPath } from "node:url"
import { Client } from "@modelcontextprotocol/sdk/client/index.js"
import { StdioClientTransport } from "@modelcontextprotocol/sdk/client/stdio.js"

/** @param file relative to this folder, or absolute */
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

/** Starts the built hq on a file and returns after the answer to `initialize`. @param build path of another build's program */
export const startHq = (file: string, build = "../dist/hq.cjs"): Promise<Server> =>
  connect(build, { AGENT_DB_PATH: file, HQ_SYNCHRONOUS: "FULL", HQ_LOG_LEVEL: "warning" })

/** Starts a server on the bare SDK, whose only tool is "nothing", and returns after the answer to `initialize`. */
export const startEmpty = (): Promise<Server> => connect("emptyServer.mjs", {})
