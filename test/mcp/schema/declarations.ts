import type { Json } from "../../../src/mcp/schema/JsonSchema.ts"

/** A tool as a provider gets it. */
export interface Declaration {
  readonly name: string
  readonly description: string
  readonly inputSchema: Json
}

interface Node {
  readonly schema: Json
  /** Levels of objects around it. */
  readonly depth: number
}

export const nodesOf = (schema: Json, depth = 0): ReadonlyArray<Node> => [
  { schema, depth },
  ...Object.values((schema.properties ?? {}) as Record<string, Json>).flatMap((child) => nodesOf(child, depth + 1)),
  ...(schema.items === undefined ? [] : nodesOf(schema.items as Json, depth))
]

export const every = (check: (schema: Json) => boolean) => (tool: Declaration) =>
  nodesOf(tool.inputSchema).every(({ schema }) => check(schema))

export const without =
  (...keywords: ReadonlyArray<string>) =>
  (schema: Json) =>
    keywords.every((keyword) => !(keyword in schema))

export const within =
  (...keywords: ReadonlyArray<string>) =>
  (schema: Json) =>
    Object.keys(schema).every((keyword) => keywords.includes(keyword))

export const names = (schema: Json): ReadonlyArray<string> => Object.keys(schema.properties ?? {})
export const enumOf = (schema: Json): ReadonlyArray<unknown> => (schema.enum ?? []) as ReadonlyArray<unknown>
export const requiredOf = (schema: Json): ReadonlyArray<string> => (schema.required ?? []) as ReadonlyArray<string>
export const count = (tool: Declaration, size: (schema: Json) => number) =>
  nodesOf(tool.inputSchema).reduce((sum, { schema }) => sum + size(schema), 0)

/** The longest prefix that a client is known to put before a tool's name, for a server that is called hq. */
export const prefix = "mcp__hq__"

export const object = (properties: Json, more: Json = {}): Json => ({
  type: "object",
  properties,
  required: [],
  ...more
})
export const property = (schema: Json) => ({ inputSchema: object({ a: schema }) })
export const text = { type: "string" }
export const nested = (levels: number): Json => (levels === 0 ? text : object({ a: nested(levels - 1) }))
