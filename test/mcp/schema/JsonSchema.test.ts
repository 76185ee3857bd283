import { readdirSync } from "node:fs"
import { assert, describe, it } from "@effect/vitest"
import { AjvJsonSchemaValidator } from "@modelcontextprotocol/sdk/validation/ajv"
import * as Schema from "effect/Schema"
import { expect } from "vitest"
import { Notes } from "../../../src/domain/Text.ts"
import { ofInput, ofOutput } from "../../../src/mcp/schema/JsonSchema.ts"
import { toolbox } from "../../../src/mcp/tools/toolbox.ts"

const descriptions = toolbox.map((tool) => tool.describe())

/** Every key of a JSON value, at any depth; names of properties are not keys of the schema. */
const keysOf = (node: unknown): ReadonlyArray<string> => {
  if (Array.isArray(node)) return node.flatMap(keysOf)
  if (typeof node !== "object" || node === null) return []
  return Object.entries(node).flatMap(([key, value]) =>
    key === "properties" ? Object.values(value as object).flatMap(keysOf) : [key, ...keysOf(value)]
  )
}

describe("what tools/list tells", () => {
  it.each(descriptions.map((description) => [description.name, description] as const))(
    "%s",
    async (name, described) => {
      // What a model is told changes only with a commit that shows it.
      await expect(`${JSON.stringify(described, null, 2)}\n`).toMatchFileSnapshot(`./__snapshots__/${name}.json`)
    }
  )

  it("is committed for these tools and no others", () => {
    const committed = readdirSync(new URL("__snapshots__", import.meta.url))
    assert.sameMembers(
      committed,
      descriptions.map(({ name }) => `${name}.json`)
    )
  })

  it("stays under 16 KB", () => {
    assert.isBelow(Buffer.byteLength(JSON.stringify({ tools: descriptions })), 16 * 1024)
  })

  for (const { name, inputSchema, outputSchema } of descriptions) {
    it(`${name}: schemas are objects, without references and ids`, () => {
      for (const schema of [inputSchema, ...(outputSchema === undefined ? [] : [outputSchema])]) {
        assert.strictEqual(schema.type, "object")
        for (const key of keysOf(schema)) assert.notInclude(["$id", "$ref", "$defs", "$schema", "title"], key)
      }
    })

    it(`${name}: a client's validator takes the schemas`, () => {
      const ajv = new AjvJsonSchemaValidator()
      assert.isFalse(ajv.getValidator(inputSchema)([]).valid)
      const error = { error: { _tag: "NotFound", message: "none" } }
      assert.isTrue(outputSchema === undefined || ajv.getValidator(outputSchema)(error).valid)
    })
  }
})

describe("schema of arguments", () => {
  const create = descriptions.find(({ name }) => name === "create_project")?.inputSchema
  const validate = new AjvJsonSchemaValidator().getValidator(create as never)
  const step = { step_num: 1, branch: "b", scope: "api", depends_on: [] }
  const plan = { name: "p", base_commit: "abc", steps: [step] }

  it.each([
    ["a plan", plan, true],
    ["without dependencies", { ...plan, steps: [{ step_num: 1, branch: "b", scope: "api" }] }, true],
    ["no list of steps", { ...plan, steps: step }, false],
    ["a status of its own", { ...plan, unblock_on: "started" }, false],
    ["a fraction", { ...plan, steps: [{ ...step, step_num: 1.5 }] }, false],
    ["a missing field", { name: "p", steps: [step] }, false]
  ])("says the same as the server: %s", (_, input, valid) => {
    assert.strictEqual(validate(input).valid, valid)
  })

  it("keeps a description that was written for it, and drops those that repeat a bound, and all bounds", () => {
    const { properties } = ofInput(
      Schema.Struct({
        told: Schema.String.annotations({ description: "Git commit" }),
        notes: Notes.annotations({ description: "For others" }),
        bounded: Schema.Number.pipe(Schema.int(), Schema.between(1, 5)),
        positive: Schema.Number.pipe(Schema.greaterThan(0)),
        id: Schema.Number.pipe(Schema.int(), Schema.between(1, Number.MAX_SAFE_INTEGER)),
        title: Schema.String,
        short: Schema.String.pipe(Schema.minLength(1), Schema.maxLength(200)),
        few: Schema.Array(Schema.Number).pipe(Schema.maxItems(5)),
        far: Schema.Number.pipe(Schema.int(), Schema.between(-1_000_000, 2 ** 31))
      })
    )
    assert.deepStrictEqual<unknown>(properties, {
      told: { type: "string", description: "Git commit" },
      notes: { type: "string", description: "For others" },
      bounded: { type: "integer" },
      positive: { type: "number" },
      id: { type: "integer" },
      title: { type: "string" },
      short: { type: "string" },
      few: { type: "array", items: { type: "number" } },
      far: { type: "integer" }
    })
  })
})

describe("schema of a result", () => {
  it("names fields and types one level deep, and requires nothing", () => {
    const schema = ofOutput(
      Schema.Struct({
        text: Schema.optional(Schema.NonEmptyString),
        count: Schema.NullOr(Schema.NonNegativeInt),
        either: Schema.Literal("a", "b", 1, null),
        list: Schema.Array(Schema.String),
        deep: Schema.Struct({ hidden: Schema.String }),
        flag: Schema.Literal(true)
      })
    )
    assert.deepStrictEqual<unknown>(schema, {
      type: "object",
      properties: {
        text: { type: "string" },
        count: { type: ["number", "null"] },
        either: { type: ["string", "number", "null"] },
        list: { type: "array" },
        deep: { type: "object" },
        flag: { type: "boolean" }
      }
    })
  })

  it("is left out if it would name no field", () => {
    assert.isUndefined(ofOutput(Schema.Struct({})))
  })

  it("must be a struct", () => {
    assert.throws(() => ofOutput(Schema.String), /must be a struct/)
  })
})
