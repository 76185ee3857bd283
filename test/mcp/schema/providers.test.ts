import { assert, describe, it } from "@effect/vitest"
import type { Json } from "../../../src/mcp/schema/JsonSchema.ts"
import { toolbox } from "../../../src/mcp/tools/toolbox.ts"
import type { Declaration } from "./declarations.ts"
import { rules } from "./providers.ts"

const tools: ReadonlyArray<Declaration> = toolbox.map((tool) => tool.describe())

describe("tools as providers take them", () => {
  it.each(rules.map((rule) => [rule.rule, rule] as const))(
    "%s",
    (_, { broken, isKept, observed = [], published = [] }) => {
      const sources = [...published, ...observed]
      assert.isNotEmpty(sources)
      const breaking = tools.filter((tool) => !isKept(tool)).map(({ name }) => name)
      assert.deepStrictEqual(breaking, [], sources.join(" "))
      const kept = { name: "a", description: "A.", inputSchema: { type: "object", properties: {}, required: [] } }
      assert.isFalse(isKept({ ...kept, ...broken }), "the rule finds a declaration that breaks it")
    }
  )
})

/** Every parameter with its path, such as steps[].branch. */
const parametersOf = (schema: Json, path = ""): ReadonlyArray<readonly [path: string, schema: Json]> =>
  Object.entries((schema.properties ?? {}) as Record<string, Json>).flatMap(([name, parameter]) => [
    [`${path}${name}`, parameter] as const,
    ...parametersOf((parameter.items ?? {}) as Json, `${path}${name}[].`)
  ])

/** What a model needs no words for. The fields of an edit's steps have them in create_project. */
const selfEvident = /(^|\.)(estimate_minutes|new_name)$|^operations\[\]\.(into\[\]\.)?(branch|scope|priority|files)$/

describe("what a model learns from the schemas alone", () => {
  for (const { inputSchema, name } of tools) {
    it(`${name}: every parameter that is not self-evident has a description`, () => {
      const unexplained = parametersOf(inputSchema)
        .filter(([path, { description }]) => (description ?? "") === "" && !selfEvident.test(path))
        .map(([path]) => path)
      assert.deepStrictEqual(unexplained, [])
    })
  }

  it("has no word of the protocol that only a client knows", () => {
    for (const tool of tools) assert.notMatch(JSON.stringify(tool), /token|_meta|notification/i, tool.name)
  })

  it("how to split a step: operation, number and parts, with the fields of a new step", () => {
    const schemaOf = (name: string) => tools.find((tool) => tool.name === name)?.inputSchema as Json
    const fieldsOf = (name: string, at: string) =>
      parametersOf(schemaOf(name)).flatMap(([path, { type }]) =>
        path.startsWith(at) ? [[path.slice(at.length), type] as const] : []
      )
    const update = new Map(parametersOf(schemaOf("update_plan")))
    assert.include(update.get("operations[].op")?.enum as ReadonlyArray<string>, "split")
    assert.match(update.get("operations[].op")?.description as string, /split needs into/)
    assert.match(update.get("operations[].into")?.description as string, /^split: /)
    assert.deepStrictEqual(fieldsOf("update_plan", "operations[].into[]."), fieldsOf("create_project", "steps[]."))
    assert.deepInclude(update.get("operations[].into")?.items, { required: ["step_num", "branch", "scope"] })
  })
})
