import { join } from "node:path"
import * as jsonText from "./jsonText.ts"
import { onPath } from "./onPath.ts"
import type { Place } from "./Place.ts"
import * as tomlText from "./tomlText.ts"

/** How a client starts an MCP server. */
export interface ServerCommand {
  readonly command: string
  readonly args: ReadonlyArray<string>
  readonly env: Readonly<Record<string, string>>
}

/** An MCP client, and how it is told of servers. */
export interface Client {
  readonly name: string
  readonly title: string
  /** The file that hq writes. */
  readonly file: (place: Place["Type"]) => string
  /** Files that may name servers. */
  readonly files: (place: Place["Type"]) => ReadonlyArray<string>
  /** How to reach what the file does not. */
  readonly note?: string
  /** The client's own command that adds hq for all projects. @param variable what it sets, as NAME=value */
  readonly add?: (variable: string) => string
  /** The text with the server in it. Throws NotJson if it cannot be read, and Differs if a person must decide. */
  readonly write: (text: string, server: ServerCommand) => string
  /** The servers that the text names. Throws NotJson. */
  readonly read: (text: string, place: Place["Type"]) => ReadonlyMap<string, Partial<ServerCommand>>
}

/** The file has another server of hq's name, in a form that hq does not change. */
export class Differs extends Error {}

type Servers = Readonly<Record<string, Partial<ServerCommand>>>

const object = (value: unknown): Readonly<Record<string, unknown>> =>
  typeof value === "object" && value !== null ? (value as Readonly<Record<string, unknown>>) : {}

const serversIn = (value: unknown, ...path: ReadonlyArray<string>): Servers =>
  path.reduce<unknown>((inner, key) => object(inner)[key], value) as Servers

const json = (key: string, hasType: boolean): Pick<Client, "read" | "write"> => ({
  read: (text, { folder }) => {
    const root = jsonText.parse(text)
    // Claude Code keeps what holds for one project only beneath its folder.
    const own = serversIn(root, "projects", folder, key)
    return new Map(
      Object.entries({ ...object(serversIn(root, key)), ...object(own) }) as ReadonlyArray<
        [string, Partial<ServerCommand>]
      >
    )
  },
  write: (text, { args, command, env }) => {
    // What a person has added to the entry, such as a timeout, stays.
    const before = object(serversIn(jsonText.parse(text), key)?.hq)
    const variables = { ...object(before.env), ...env }
    return jsonText.set(text, [key, "hq"], {
      ...before,
      ...(hasType ? { type: "stdio" } : {}),
      command,
      args,
      ...(Object.keys(variables).length === 0 ? {} : { env: variables })
    })
  }
})

const toml: Pick<Client, "read" | "write"> = {
  read: tomlText.servers,
  write: (text, server) => {
    const before = tomlText.servers(text).get("hq")
    if (before === undefined) {
      // A table cannot be added to one that is written within braces, or with dots.
      if (/^\s*mcp_servers\s*(=|\.)/m.test(text)) throw new Differs()
      return `${text.trimEnd()}${text.trim() === "" ? "" : "\n\n"}${tomlText.table("hq", server)}`
    }
    const isSame = before.command === server.command && before.args.join("\n") === server.args.join("\n")
    if (!isSame || Object.entries(server.env).some(([key, value]) => before.env[key] !== value)) throw new Differs()
    return text
  }
}

const codexHome = ({ environment, home }: Place["Type"]) => environment.CODEX_HOME || join(home, ".codex")

/** The clients that hq knows. Paths and formats are those that each client documents. */
export const clients: ReadonlyArray<Client> = [
  {
    name: "claude",
    title: "Claude Code",
    file: ({ folder }) => join(folder, ".mcp.json"),
    files: ({ folder, home }) => [join(home, ".claude.json"), join(folder, ".mcp.json")],
    note: "For all your projects instead: claude mcp add --scope user hq -- hq",
    add: (variable) => `claude mcp add --scope user hq --env ${variable} -- hq`,
    ...json("mcpServers", true)
  },
  {
    name: "codex",
    title: "Codex",
    file: (place) => join(codexHome(place), "config.toml"),
    files: (place) => [join(codexHome(place), "config.toml"), join(place.folder, ".codex", "config.toml")],
    add: (variable) => `codex mcp add hq --env ${variable} -- hq`,
    ...toml
  },
  {
    name: "gemini",
    title: "Gemini CLI",
    file: ({ home }) => join(home, ".gemini", "settings.json"),
    files: ({ folder, home }) => [home, folder].map((one) => join(one, ".gemini", "settings.json")),
    ...json("mcpServers", false)
  },
  {
    name: "vscode",
    title: "VS Code",
    file: ({ folder }) => join(folder, ".vscode", "mcp.json"),
    files: ({ folder }) => [join(folder, ".vscode", "mcp.json")],
    ...json("servers", true)
  },
  {
    name: "cursor",
    title: "Cursor",
    file: ({ home }) => join(home, ".cursor", "mcp.json"),
    files: ({ folder, home }) => [home, folder].map((one) => join(one, ".cursor", "mcp.json")),
    ...json("mcpServers", false)
  }
]

/** How a client starts this hq on the database that this command uses. */
export const serverCommand = ({ environment, program }: Place["Type"]): ServerCommand => {
  const isOnPath = onPath("hq", environment.PATH ?? "") !== undefined
  const [node, script] = program
  const database = environment.AGENT_DB_PATH?.trim()
  return {
    ...(isOnPath ? { command: "hq", args: [] } : { command: node, args: [script] }),
    env: database === undefined || database === "" ? {} : { AGENT_DB_PATH: database }
  }
}

/** Whether a server that a client names is hq. */
export const isHq = (name: string, { args = [], command = "" }: Partial<ServerCommand>): boolean =>
  name === "hq" || [command, ...args].some((word) => /(^|[/\\])hq(\.cjs|\.cmd|\.exe)?$/.test(String(word)))
