import { assert, describe, it } from "@effect/vitest"
import { UriTemplate } from "@modelcontextprotocol/sdk/shared/uriTemplate.js"
import * as Arbitrary from "effect/Arbitrary"
import * as Either from "effect/Either"
import * as FastCheck from "effect/FastCheck"
import { ProjectName } from "../../../src/domain/Ids.ts"
import { projectTemplate, projectUri, resourceOf, stepTemplate } from "../../../src/mcp/resources/uris.ts"

const nameOf = (uri: string) => Either.map(resourceOf(uri), (resource) => "name" in resource && resource.name)

describe("URIs of projects", () => {
  for (const name of ["a/b", "a b", "größe 漢字 🙂", "100%", "%2F", "?#&=+;", ".", "..", "a\nb", "'()*!~", "a\\b"]) {
    it(`stand for ${JSON.stringify(name)}, spelt by hq and by the template`, () => {
      const uri = projectUri(name)
      assert.match(uri, /^hq:\/\/projects\/[^/?#\s]+$/)
      assert.deepStrictEqual<unknown>(nameOf(uri), Either.right(name))
      assert.deepStrictEqual<unknown>(nameOf(new UriTemplate(projectTemplate).expand({ name })), Either.right(name))
      assert.isTrue(URL.canParse(uri))
    })
  }

  it("stand for any name there can be", () => {
    FastCheck.assert(
      FastCheck.property(Arbitrary.make(ProjectName), (name) => {
        assert.deepStrictEqual<unknown>(nameOf(projectUri(name)), Either.right(name))
      })
    )
  })
})

describe("other URIs", () => {
  it("stand for the list and for steps", () => {
    assert.deepStrictEqual<unknown>(resourceOf("hq://projects"), Either.right({ kind: "projects" }))
    assert.deepStrictEqual<unknown>(resourceOf("hq://steps/12"), Either.right({ kind: "step", step_id: 12 }))
    assert.strictEqual(new UriTemplate(stepTemplate).expand({ id: "12" }), "hq://steps/12")
  })

  const refused: ReadonlyArray<readonly [uri: string, code: number]> = [
    ["hq://steps", -32002],
    ["hq://projects/a/b", -32002],
    ["hq://projects/a?b=c", -32002],
    ["hq://agents/a", -32002],
    ["file:///etc/passwd", -32002],
    ["", -32602],
    ["projects", -32602],
    ["hq://projects/", -32602],
    ["hq://projects/%20", -32602],
    ["hq://projects/%", -32602],
    ["hq://projects/%C3%28", -32602],
    ["hq://projects/%00", -32602],
    [projectUri("x".repeat(201)), -32602],
    ...["0", "-1", "1.5", "1e3", "abc", "01", "", "9007199254740993"].map((id) => [`hq://steps/${id}`, -32602] as const)
  ]
  it.each(refused)("%j is refused with %i", (uri, code) => {
    const error = Either.getOrThrow(Either.flip(resourceOf(uri)))
    assert.strictEqual(error.code, code)
    assert.deepStrictEqual(error.data, code === -32002 ? { uri } : undefined)
  })
})
