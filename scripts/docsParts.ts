import { readFileSync } from "node:fs"
import { promptBook } from "../src/mcp/prompts/methods.ts"
import { toolbox } from "../src/mcp/tools/toolbox.ts"

/** The part of a JSON schema that tools use. */
interface JsonSchema {
  readonly type: string
  readonly description?: string
  readonly enum?: ReadonlyArray<string>
  readonly items?: JsonSchema
  readonly properties?: Readonly<Record<string, JsonSchema>>
  readonly required?: ReadonlyArray<string>
}

const table = (titles: ReadonlyArray<string>, rows: ReadonlyArray<ReadonlyArray<string>>): string =>
  [titles, titles.map(() => "---"), ...rows]
    .map((cells) => `| ${cells.map((cell) => cell.replaceAll("|", "\\|")).join(" | ")} |`)
    .join("\n")

/** Required names are bold. */
const parameters = ({ properties = {}, required = [] }: JsonSchema): string =>
  Object.entries(properties)
    .map(([name, { items }]) => {
      const shown = required.includes(name) ? `**${name}**` : name
      return items?.properties === undefined ? shown : `${shown}: [{${parameters(items)}}]`
    })
    .join(", ")

const tools = toolbox.map((tool) => {
  const { description, inputSchema, name } = tool.describe()
  return { name, description, input: inputSchema as unknown as JsonSchema }
})

const toolsTable = () =>
  table(
    ["tool", "what it does", "parameters"],
    tools.map(({ description, input, name }) => [`\`${name}\``, description, parameters(input)])
  )

const typeOf = ({ enum: values, items, type }: JsonSchema): string =>
  values?.join(", ") ?? (items === undefined ? type : `list of ${items.type}s`)

/** Every parameter whose schema says more than its name and type. The fields of a list's entries follow the list. */
const explained = (
  input: JsonSchema,
  path = ""
): ReadonlyArray<readonly [name: string, type: string, meaning: string]> =>
  Object.entries(input.properties ?? {}).flatMap(([name, schema]) => {
    const { description = "" } = schema
    const isPlain = description === "" && schema.enum === undefined
    const own = isPlain ? [] : [[`${path}${name}`, typeOf(schema), description] as const]
    return [...own, ...explained(schema.items ?? { type: "object" }, `${path}${name}[].`)]
  })

const parametersTable = () => {
  const rows = new Map<string, { readonly cells: ReadonlyArray<string>; readonly tools: Array<string> }>()
  for (const tool of tools) {
    for (const [name, type, meaning] of explained(tool.input)) {
      const cells = [`\`${name}\``, type, meaning]
      const row = rows.get(cells.join()) ?? { cells, tools: [] }
      row.tools.push(`\`${tool.name}\``)
      rows.set(cells.join(), row)
    }
  }
  return table(
    ["parameter", "type", "meaning", "tools"],
    [...rows.values()].map(({ cells, tools }) => [...cells, tools.join(", ")])
  )
}

interface PromptDescription {
  readonly name: string
  readonly description: string
  readonly arguments: ReadonlyArray<{ readonly name: string; readonly required: boolean }>
}

const promptsTable = () =>
  table(
    ["prompt", "what it does", "arguments"],
    promptBook.map((prompt) => {
      const { arguments: all, description, name } = prompt.describe() as PromptDescription
      return [`\`${name}\``, description, all.map(({ name, required }) => (required ? `**${name}**` : name)).join(", ")]
    })
  )

const root = new URL("../", import.meta.url)

/** The example as an app would write it. */
const embedding = () => {
  const code = readFileSync(new URL("examples/embedding.ts", root), "utf8")
    .replace(/^\/\/ An app imports this from "hq-effect"\.\n/m, "")
    .replace('"../src/index.ts"', '"hq-effect"')
  return `\`\`\`ts\n${code}\`\`\``
}

const parts: Readonly<Record<string, () => string>> = {
  tools: toolsTable,
  parameters: parametersTable,
  prompts: promptsTable,
  "examples/embedding.ts": embedding
}

/** Pages with parts that are generated. */
export const pages = ["docs/tools.md", "docs/resources.md", "docs/embedding.md"]

export const urlOf = (page: string): URL => new URL(page, root)

/** Returns the page's text with each part between `<!-- generated: name -->` and `<!-- /generated -->` made anew. */
export const regenerate = (text: string): string =>
  text.replace(/(<!-- generated: (.+) -->\n)[\s\S]*?(<!-- \/generated -->)/g, (_, start, name, end) => {
    const part = parts[name]
    if (part === undefined)
      throw new Error(`there is no generated part "${name}", only ${Object.keys(parts).join(", ")}`)
    return `${start}${part()}\n${end}`
  })
