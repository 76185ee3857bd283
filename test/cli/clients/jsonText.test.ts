import { assert, describe, it } from "vitest"
import { NotJson, parse, set } from "../../../src/cli/clients/jsonText.ts"

describe("parse", () => {
  it("reads comments, trailing commas and every kind of value", () => {
    const text = `\uFEFF// first
    { "a": [1, -2.5e3, true, null,], /* b: */ "b": { "c": "x // \\"y\\" }" }, "d": {}, "e": [] , }
    // last`
    assert.deepStrictEqual(parse(text), { a: [1, -2500, true, null], b: { c: 'x // "y" }' }, d: {}, e: [] })
    assert.deepStrictEqual(parse(" \n"), {})
  })

  it("refuses what is no JSON", () => {
    for (const text of ["{", "{]", "[1 2]", '{"a" 1}', "{a: 1}", "{} {}", '{"a": x}', "/* {}", '{"a": 1', "[}"]) {
      assert.throws(() => parse(text), NotJson, undefined, text)
    }
  })
})

describe("set", () => {
  const value = { command: "hq", args: [] }

  it("keeps all else as it was written", () => {
    const text = `{
    // mine
    "theme": "dark", // darker
    "mcpServers": {
        "other": { "command": "x" } // keep
    },
}
`
    const after = set(text, ["mcpServers", "hq"], value)
    assert.strictEqual(
      after,
      text.replace(
        '"mcpServers": {',
        '"mcpServers": {\n        "hq": {\n            "command": "hq",\n            "args": []\n        },'
      )
    )
    assert.deepStrictEqual(parse(after), {
      theme: "dark",
      mcpServers: { hq: value, other: { command: "x" } }
    })
    assert.strictEqual(set(after, ["mcpServers", "hq"], value), after)
  })

  it("makes what is missing", () => {
    const whole = `${JSON.stringify({ mcpServers: { hq: value } }, undefined, 2)}\n`
    assert.strictEqual(set("", ["mcpServers", "hq"], value), whole)
    assert.strictEqual(set("{}\n", ["mcpServers", "hq"], value), whole)
    assert.deepStrictEqual(parse(set('{"a":1}', ["mcpServers", "hq"], value)), { a: 1, mcpServers: { hq: value } })
    assert.deepStrictEqual(parse(set("{ // why\n}", ["mcpServers", "hq"], value)), { mcpServers: { hq: value } })
    assert.deepStrictEqual(parse(set('{"mcpServers":{}}', ["mcpServers", "hq"], value)), { mcpServers: { hq: value } })
  })

  it("refuses to set a member of what is no object", () => {
    for (const text of ["[]", '{"mcpServers": []}', '{"mcpServers": "x"}', "not json"]) {
      assert.throws(() => set(text, ["mcpServers", "hq"], value), NotJson, undefined, text)
    }
  })
})
