/* The part of TOML that Codex's configuration needs: a server is a table of its own, [mcp_servers.<name>]. */

/** A server of the configuration, as far as hq asks. */
export interface TomlServer {
  readonly command: string
  readonly args: ReadonlyArray<string>
  readonly env: Readonly<Record<string, string>>
}

const unquoted = (name: string): string => name.trim().replace(/^(["'])(.*)\1$/, "$2")

const strings = (text: string): ReadonlyArray<string> =>
  Array.from(text.matchAll(/"((?:[^"\\]|\\.)*)"|'([^']*)'/g), ([, basic, plain]) =>
    basic === undefined ? (plain as string) : basic.replace(/\\(["\\])/g, "$1")
  )

const pairs = (text: string): Readonly<Record<string, string>> =>
  Object.fromEntries(
    Array.from(
      text.matchAll(/(?:^|[{,\n])\s*("?[\w-]+"?)\s*=\s*("(?:[^"\\]|\\.)*"|'[^']*')/g),
      ([, key = "", value = ""]) => [unquoted(key), strings(value)[0] as string]
    )
  )

/** The tables of the text: the path of each, and its lines. */
const tables = (text: string): ReadonlyArray<readonly [path: ReadonlyArray<string>, body: string]> =>
  text.split(/^(?=[ \t]*\[)/m).flatMap((part) => {
    const header = /^[ \t]*\[([^[\]]+)\][^\n]*/.exec(part)
    if (header === null) return []
    const path = (header[1] as string).match(/"[^"]*"|'[^']*'|[^.\s]+/g) ?? []
    return [[path.map(unquoted), part.slice(header[0].length)] as const]
  })

/** The servers that have a table of their own, by name. */
export const servers = (text: string): ReadonlyMap<string, TomlServer> => {
  const all = tables(text)
  const found = new Map<string, TomlServer>()
  for (const [[table, name, more], body] of all) {
    if (table !== "mcp_servers" || name === undefined || more !== undefined) continue
    const own = all.find(([path]) => path.join("\n") === ["mcp_servers", name, "env"].join("\n"))
    found.set(name, {
      command: pairs(body).command ?? "",
      args: strings(/^\s*args\s*=\s*\[([^\]]*)\]/m.exec(body)?.[1] ?? ""),
      env: { ...pairs(/^\s*env\s*=\s*(\{[^}]*\})/m.exec(body)?.[1] ?? ""), ...pairs(own?.[1] ?? "") }
    })
  }
  return found
}

/** A server's table. Text of JSON is text of TOML, too. */
export const table = (name: string, { args, command, env }: TomlServer): string => {
  const list = (all: ReadonlyArray<string>) => `[${all.map((one) => JSON.stringify(one)).join(", ")}]`
  const variables = Object.entries(env).map(([key, value]) => `${key} = ${JSON.stringify(value)}`)
  return [
    `[mcp_servers.${name}]`,
    `command = ${JSON.stringify(command)}`,
    ...(args.length === 0 ? [] : [`args = ${list(args)}`]),
    ...(variables.length === 0 ? [] : [`env = { ${variables.join(", ")} }`]),
    ""
  ].join("\n")
}
