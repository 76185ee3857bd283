import {
  count,
  type Declaration,
  enumOf,
  every,
  names,
  nested,
  nodesOf,
  object,
  prefix,
  property,
  requiredOf,
  text,
  within,
  without
} from "./declarations.ts"

/*
 * Which tools the providers of models take: what they publish, and what they were seen to refuse. Clients pass the schemas
 * of an MCP server on, many of them unchanged, and one tool that breaks a rule costs the user every request.
 */

export interface Rule {
  /** Who has the rule, and what it asks for. */
  readonly rule: string
  /** Pages that publish it. */
  readonly published?: ReadonlyArray<string>
  /** Reports of the refusal, if no page of the provider has the rule: behaviour, which may change. */
  readonly observed?: ReadonlyArray<string>
  readonly isKept: (tool: Declaration) => boolean
  /** A declaration that breaks it. */
  readonly broken: Partial<Declaration>
}

/** A copy of the description of Anthropic's API. */
const claudeTool = "https://schemas.apis.io/schemas/claude/claude-tool/"

const mcp: ReadonlyArray<Rule> = [
  {
    rule: "MCP, Anthropic: arguments are an object",
    published: ["https://modelcontextprotocol.io/specification/2025-06-18/server/tools", claudeTool],
    isKept: ({ inputSchema }) => inputSchema.type === "object",
    broken: { inputSchema: { type: "array", items: text } }
  }
]

const sandboxes = "https://platform.claude.com/docs/en/managed-agents/self-hosted-sandboxes"
const claudeStrict = "https://platform.claude.com/docs/en/build-with-claude/structured-outputs"

const anthropic: ReadonlyArray<Rule> = [
  {
    rule: "Anthropic, OpenAI: a name is 1 to 64 letters, digits, _ and -, also behind a client's prefix",
    published: [claudeTool, "https://platform.openai.com/docs/api-reference/chat/create"],
    isKept: ({ name }) => /^[a-zA-Z0-9_-]{1,64}$/.test(prefix + name),
    broken: { name: "claim.step" }
  },
  {
    rule: "Anthropic: a parameter's name is 1 to 64 letters, digits, _, . and -",
    published: [sandboxes],
    isKept: every((schema) => names(schema).every((name) => /^[a-zA-Z0-9_.-]{1,64}$/.test(name))),
    broken: { inputSchema: object({ "a[b]": text }) }
  },
  {
    rule: "Anthropic: no oneOf, anyOf or allOf at the top",
    published: [sandboxes],
    isKept: ({ inputSchema }) => without("oneOf", "anyOf", "allOf")(inputSchema),
    broken: { inputSchema: object({ a: text }, { anyOf: [{ required: ["a"] }] }) }
  },
  {
    rule: "Anthropic: no references",
    published: [sandboxes],
    isKept: every(without("$ref", "$defs")),
    broken: property({ $ref: "#/$defs/a" })
  },
  {
    // Clients that ask for strict tools add additionalProperties: false themselves.
    rule: "Anthropic, strict: no bounds of numbers, texts and lists",
    published: [claudeStrict],
    isKept: every(without("minimum", "maximum", "multipleOf", "minLength", "maxLength", "minItems", "maxItems")),
    broken: property({ type: "integer", minimum: 1 })
  },
  {
    rule: "Anthropic, strict: an enum has no lists or objects",
    published: [claudeStrict],
    isKept: every((schema) => enumOf(schema).every((value) => typeof value !== "object" || value === null)),
    broken: property({ type: "object", properties: { a: text }, enum: [{ a: "b" }] })
  }
]

/** Repeated, as of February 2026, by https://jsonschemaprofiles.unitvectorylabs.com/schemas/openai. */
const openaiStrict = "https://platform.openai.com/docs/guides/structured-outputs#supported-schemas"

const openai: ReadonlyArray<Rule> = [
  {
    rule: "OpenAI: a tool's description has at most 1,024 characters",
    observed: ["https://github.com/getsentry/sentry-mcp/issues/106"],
    isKept: ({ description }) => description.length <= 1024,
    broken: { description: "a".repeat(1025) }
  },
  {
    rule: "OpenAI: an object has properties",
    observed: ["https://github.com/openai/openai-agents-python/pull/454"],
    isKept: every((schema) => schema.type !== "object" || typeof schema.properties === "object"),
    broken: property({ type: "object" })
  },
  {
    rule: "OpenAI, Gemini: a list has items",
    observed: [
      "https://github.com/streamnative/streamnative-mcp-server/issues/26",
      "https://github.com/TokenRhythm/opensquilla/issues/1263"
    ],
    isKept: every((schema) => schema.type !== "array" || typeof schema.items === "object"),
    broken: property({ type: "array" })
  },
  {
    rule: "OpenAI: no oneOf, anyOf, allOf, enum, const or not at the top",
    observed: ["https://github.com/goruck/home-generative-agent/pull/545"],
    isKept: ({ inputSchema }) => without("oneOf", "anyOf", "allOf", "enum", "const", "not")(inputSchema),
    broken: { inputSchema: object({ a: text }, { not: { required: ["a"] } }) }
  },
  {
    // Clients that ask for strict tools put every parameter into `required` and let the optional ones be null, which
    // hq takes for left out.
    rule: "OpenAI, strict: only supported types",
    published: [openaiStrict],
    isKept: every(({ type }) => ["string", "number", "boolean", "integer", "object", "array"].includes(type as string)),
    broken: property({ type: "any" })
  },
  {
    rule: "OpenAI, strict: no allOf, not, dependencies or conditions",
    published: [openaiStrict],
    isKept: every(without("allOf", "not", "dependentRequired", "dependentSchemas", "if", "then", "else")),
    broken: property({ type: "string", not: { enum: ["a"] } })
  },
  {
    rule: "OpenAI, strict: no default",
    observed: ["https://github.com/567-labs/instructor/issues/1074"],
    isKept: every(without("default")),
    broken: property({ type: "string", default: "a" })
  },
  {
    rule: "OpenAI, strict: at most 5,000 properties, 10 levels, 1,000 values of enums",
    published: [openaiStrict],
    isKept: (tool) =>
      count(tool, (schema) => names(schema).length) <= 5000 &&
      count(tool, (schema) => enumOf(schema).length) <= 1000 &&
      nodesOf(tool.inputSchema).every(({ depth }) => depth <= 10),
    broken: { inputSchema: nested(11) }
  }
]

const declaration = "https://cloud.google.com/php/docs/reference/cloud-ai-platform/1.5.0/V1.FunctionDeclaration"

const gemini: ReadonlyArray<Rule> = [
  {
    rule: "Gemini: a name begins with a letter or _ and has at most 64 letters, digits, _, . and -",
    published: [declaration],
    isKept: ({ name }) => /^[a-zA-Z_][a-zA-Z0-9_.-]{0,63}$/.test(name),
    broken: { name: "1st" }
  },
  {
    rule: "Gemini: a parameter's name begins with a letter or _ and has at most 64 letters, digits and _",
    published: [declaration],
    isKept: every((schema) => names(schema).every((name) => /^[a-zA-Z_][a-zA-Z0-9_]{0,63}$/.test(name))),
    broken: { inputSchema: object({ "a-b": text }) }
  },
  {
    // Anything else is refused as an unknown name: additionalProperties, exclusiveMinimum, const, $ref, oneOf, allOf…
    rule: "Gemini: only the fields of its Schema",
    published: ["https://ai.google.dev/api/caching#Schema", "https://hexdocs.pm/geminix/Geminix.V1beta.Schema.html"],
    observed: ["https://github.com/zed-industries/zed/issues/45552"],
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
    published: ["https://ai.google.dev/api/caching#Schema"],
    observed: ["https://github.com/taylorwilsdon/google_workspace_mcp/issues/1099"],
    isKept: every(({ type }) => typeof type === "string"),
    broken: property({ type: ["string", "null"] })
  },
  {
    rule: "Gemini: an object has at least one property",
    observed: ["https://github.com/CherryHQ/cherry-studio/issues/3270"],
    isKept: every((schema) => schema.type !== "object" || names(schema).length > 0),
    broken: property(object({}))
  },
  {
    rule: "Gemini: what is required is a property, and only objects have them",
    observed: [
      "https://github.com/iBUHub/AIStudioToAPI/issues/154",
      "https://github.com/anomalyco/opencode/issues/11889"
    ],
    isKept: every(
      (schema) =>
        requiredOf(schema).every((name) => names(schema).includes(name)) &&
        (schema.type === "object" || without("properties", "required")(schema))
    ),
    broken: { inputSchema: object({ a: text }, { required: ["b"] }) }
  },
  {
    rule: "Gemini: an enum holds texts, none of them empty",
    observed: [
      "https://github.com/JetBrains/mcp-jetbrains/issues/71",
      "https://github.com/Bobsilvio/ha-claude/pull/32"
    ],
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
    rule: "hq: no keyword but these six, and an object says what it requires, even if that is nothing",
    published: ["docs/architecture.md"],
    isKept: every(
      (schema) =>
        within("type", "description", "enum", "properties", "required", "items")(schema) &&
        (schema.type !== "object" || Array.isArray(schema.required))
    ),
    broken: property({ type: "object", properties: { a: text } })
  }
]

export const rules: ReadonlyArray<Rule> = [...mcp, ...anthropic, ...openai, ...gemini, ...hq]
