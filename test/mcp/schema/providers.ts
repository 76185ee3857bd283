import type { Json } from "../../../src/mcp/schema/JsonSchema.ts"

/*
 * What the providers of models publish about the tools that they take. Clients pass the schemas of an MCP server on, many
 * of them unchanged, and one tool that breaks a rule costs the user every request.
 */

export interface Declaration {
  readonly name: string
  readonly description: string
  readonly inputSchema: Json
}

export interface Rule {
  /** Who has the rule, and what it asks for. */
  readonly rule: string
  /** The page or the refusal that says so. */
  readonly source: string
  readonly isKept: (tool: Declaration) => boolean
  /** A declaration that breaks it. */
  readonly broken: Partial<Declaration>
}

interface Node {
  readonly schema: Json
  /** Levels of objects around it. */
  readonly depth: number
}

const nodesOf = (schema: Json, depth = 0): ReadonlyArray<Node> => [
  { schema, depth },
  ...Object.values((schema.properties ?? {}) as Record<string, Json>).flatMap((child) => nodesOf(child, depth + 1)),
  ...(schema.items === undefined ? [] : nodesOf(schema.items as Json, depth))
]

const every = (check: (schema: Json) => boolean) => (tool: Declaration) =>
  nodesOf(tool.inputSchema).every(({ schema }) => check(schema))

const without =
  (...keywords: ReadonlyArray<string>) =>
  (schema: Json) =>
    keywords.every((keyword) => !(keyword in schema))

const within =
  (...keywords: ReadonlyArray<string>) =>
  (schema: Json) =>
    Object.keys(schema).every((keyword) => keywords.includes(keyword))

const names = (schema: Json): ReadonlyArray<string> => Object.keys(schema.properties ?? {})
const enumOf = (schema: Json): ReadonlyArray<unknown> => (schema.enum ?? []) as ReadonlyArray<unknown>
const requiredOf = (schema: Json): ReadonlyArray<string> => (schema.required ?? []) as ReadonlyArray<string>
const count = (tool: Declaration, size: (schema: Json) => number) =>
  nodesOf(tool.inputSchema).reduce((sum, { schema }) => sum + size(schema), 0)

/** The longest prefix that a client is known to put before a tool's name, for a server that is called hq. */
const prefix = "mcp__hq__"

const object = (properties: Json, more: Json = {}): Json => ({ type: "object", properties, required: [], ...more })
const property = (schema: Json) => ({ inputSchema: object({ a: schema }) })
const text = { type: "string" }
const nested = (levels: number): Json => (levels === 0 ? text : object({ a: nested(levels - 1) }))

const mcp: ReadonlyArray<Rule> = [
  {
    rule: "MCP: arguments are an object",
    // modelcontextprotocol.io, Specification, Server Features, Tools, "Data Types".
    source: "MCP specification, Tools",
    isKept: ({ inputSchema }) => inputSchema.type === "object",
    broken: { inputSchema: { type: "array", items: text } }
  }
]

const anthropic: ReadonlyArray<Rule> = [
  {
    rule: "Anthropic: a name is 1 to 64 letters, digits, _ and -, also behind a client's prefix",
    source: "Claude Platform Docs, Tool use, Define tools",
    isKept: ({ name }) => /^[a-zA-Z0-9_-]{1,64}$/.test(prefix + name),
    broken: { name: "claim.step" }
  },
  {
    rule: "Anthropic: a parameter's name is 1 to 64 letters, digits, _, . and -",
    source: "Claude Platform Docs, Managed Agents, Custom tools in self-hosted sandboxes",
    isKept: every((schema) => names(schema).every((name) => /^[a-zA-Z0-9_.-]{1,64}$/.test(name))),
    broken: { inputSchema: object({ "a[b]": text }) }
  },
  {
    rule: "Anthropic: no oneOf, anyOf or allOf at the top",
    source: "Claude Platform Docs, Managed Agents, Custom tools in self-hosted sandboxes",
    isKept: ({ inputSchema }) => without("oneOf", "anyOf", "allOf")(inputSchema),
    broken: { inputSchema: object({ a: text }, { anyOf: [{ required: ["a"] }] }) }
  },
  {
    rule: "Anthropic: no references",
    source: "Claude Platform Docs, Managed Agents, Custom tools in self-hosted sandboxes",
    isKept: every(without("$ref", "$dynamicRef", "$defs", "definitions")),
    broken: property({ $ref: "#/$defs/a" })
  },
  {
    // Clients that ask for strict tools add additionalProperties: false themselves.
    rule: "Anthropic, strict: no bounds of numbers, texts and lists",
    source: "Claude Platform Docs, Structured outputs, JSON Schema limitations",
    isKept: every(
      without(
        ...["minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf"],
        ...["minLength", "maxLength", "minItems", "maxItems", "uniqueItems"]
      )
    ),
    broken: property({ type: "integer", minimum: 1 })
  },
  {
    rule: "Anthropic, strict: an enum has no lists or objects",
    source: "Claude Platform Docs, Structured outputs, JSON Schema limitations",
    isKept: every((schema) => enumOf(schema).every((value) => typeof value !== "object" || value === null)),
    broken: property({ type: "object", properties: { a: text }, enum: [{ a: "b" }] })
  }
]

const openai: ReadonlyArray<Rule> = [
  {
    rule: "OpenAI: a name is 1 to 64 letters, digits, _ and -",
    source: "OpenAI API reference, Chat completions, tools, function.name",
    isKept: ({ name }) => /^[a-zA-Z0-9_-]{1,64}$/.test(prefix + name),
    broken: { name: "a".repeat(60) }
  },
  {
    rule: "OpenAI: a tool's description has at most 1,024 characters",
    source: "OpenAI API's refusal: string too long, expected a string with maximum length 1024",
    isKept: ({ description }) => description.length <= 1024,
    broken: { description: "a".repeat(1025) }
  },
  {
    rule: "OpenAI: an object has properties",
    source: "OpenAI API's refusal: object schema missing properties",
    isKept: every((schema) => schema.type !== "object" || typeof schema.properties === "object"),
    broken: property({ type: "object" })
  },
  {
    rule: "OpenAI: a list has items",
    source: "OpenAI API's refusal: array schema missing items",
    isKept: every((schema) => schema.type !== "array" || typeof schema.items === "object"),
    broken: property({ type: "array" })
  },
  {
    rule: "OpenAI: no oneOf, anyOf, allOf, enum or not at the top",
    source: "OpenAI API's refusal: schema must have type 'object' and not have 'oneOf'/'anyOf'/'allOf'/'enum'/'not'",
    isKept: ({ inputSchema }) => without("oneOf", "anyOf", "allOf", "enum", "not")(inputSchema),
    broken: { inputSchema: object({ a: text }, { not: { required: ["a"] } }) }
  },
  {
    // Clients that ask for strict tools put every parameter into `required` and let the optional ones be null, which
    // hq takes for left out.
    rule: "OpenAI, strict: only supported types, each alone",
    source: "OpenAI guide, Structured Outputs, Supported schemas",
    isKept: every(({ type }) => ["string", "number", "boolean", "integer", "object", "array"].includes(type as string)),
    broken: property({})
  },
  {
    rule: "OpenAI, strict: no composition, no conditions and no open objects",
    source: "OpenAI guide, Structured Outputs, Supported schemas",
    isKept: every(
      without(
        ...["oneOf", "allOf", "not", "dependentRequired", "dependentSchemas", "if", "then", "else"],
        ...["patternProperties", "propertyNames", "unevaluatedProperties", "default"]
      )
    ),
    broken: property({ type: "string", default: "a" })
  },
  {
    rule: "OpenAI, strict: at most 5,000 properties, 10 levels, 1,000 values of enums",
    source: "OpenAI guide, Structured Outputs, Supported schemas",
    isKept: (tool) =>
      count(tool, (schema) => names(schema).length) <= 5000 &&
      count(tool, (schema) => enumOf(schema).length) <= 1000 &&
      nodesOf(tool.inputSchema).every(({ depth }) => depth <= 10),
    broken: { inputSchema: nested(11) }
  }
]

const gemini: ReadonlyArray<Rule> = [
  {
    rule: "Gemini: a name begins with a letter or _ and has at most 64 letters, digits, _, . and -",
    source: "Vertex AI reference, FunctionDeclaration, name",
    isKept: ({ name }) => /^[a-zA-Z_][a-zA-Z0-9_.-]{0,63}$/.test(name),
    broken: { name: "1st" }
  },
  {
    rule: "Gemini: a parameter's name begins with a letter or _ and has at most 64 letters, digits and _",
    source: "Vertex AI reference, FunctionDeclaration, parameters",
    isKept: every((schema) => names(schema).every((name) => /^[a-zA-Z_][a-zA-Z0-9_]{0,63}$/.test(name))),
    broken: { inputSchema: object({ "a-b": text }) }
  },
  {
    // Anything else is refused as an unknown name: additionalProperties, exclusiveMinimum, const, $ref, oneOf, allOf…
    rule: "Gemini: only the fields of its Schema",
    source: "Gemini API reference, Schema",
    isKept: every(
      within(
        ...["type", "format", "title", "description", "nullable", "enum", "items", "minItems", "maxItems"],
        ...["properties", "required", "minProperties", "maxProperties", "propertyOrdering", "minimum", "maximum"],
        ...["minLength", "maxLength", "pattern", "example", "default", "anyOf"]
      )
    ),
    broken: property({ type: "number", exclusiveMinimum: 0 })
  },
  {
    rule: "Gemini: every schema has one type",
    source: "Gemini API's refusal: type must be specified when not using one_of, any_of or all_of fields",
    isKept: every(({ type }) => typeof type === "string"),
    broken: property({ type: ["string", "null"] })
  },
  {
    rule: "Gemini: an object has at least one property",
    source: "Gemini API's refusal: properties should be non-empty for OBJECT type",
    isKept: every((schema) => schema.type !== "object" || names(schema).length > 0),
    broken: property(object({}))
  },
  {
    rule: "Gemini: a list has items",
    source: "Gemini API's refusal: items: missing field",
    isKept: every((schema) => schema.type !== "array" || typeof schema.items === "object"),
    broken: property({ type: "array" })
  },
  {
    rule: "Gemini: what is required is a property, and only objects have them",
    source: "Gemini API's refusals: property is not defined; only allowed for OBJECT type",
    isKept: every(
      (schema) =>
        requiredOf(schema).every((name) => names(schema).includes(name)) &&
        (schema.type === "object" || without("properties", "required")(schema))
    ),
    broken: { inputSchema: object({ a: text }, { required: ["b"] }) }
  },
  {
    rule: "Gemini: an enum holds texts, none of them empty",
    source: "Gemini API's refusals: only allowed for STRING type; enum: cannot be empty",
    isKept: every(
      (schema) =>
        !("enum" in schema) ||
        (schema.type === "string" && enumOf(schema).every((value) => typeof value === "string" && value !== ""))
    ),
    broken: property({ type: "integer", enum: [1, 2] })
  }
]

const hq: ReadonlyArray<Rule> = [
  {
    rule: "hq: no keyword but these six",
    source: "docs/architecture.md, MCP",
    isKept: every(within("type", "description", "enum", "properties", "required", "items")),
    broken: property({ type: "string", title: "A" })
  },
  {
    // Some clients read `required` without asking whether it is there.
    rule: "hq: an object says what it requires, even if that is nothing",
    source: "docs/architecture.md, MCP",
    isKept: every((schema) => schema.type !== "object" || Array.isArray(schema.required)),
    broken: property({ type: "object", properties: { a: text } })
  }
]

export const rules: ReadonlyArray<Rule> = [...mcp, ...anthropic, ...openai, ...gemini, ...hq]
