import { readFileSync } from "node:fs"
import { assert, describe, it } from "vitest"
import type { Answer } from "./support/client.ts"
import { tempDatabase } from "./support/temp.ts"
import { startServer } from "./support/testServer.ts"

const page = (path: string) => readFileSync(new URL(`../${path}`, import.meta.url), "utf8")

/** The blocks of code that the text marks as parts of its example. */
const examples = (text: string, kind: string): ReadonlyArray<string> =>
  [...text.matchAll(new RegExp(`<!-- example: ${kind} -->\\n\`\`\`\\w+\\n(.*?)\`\`\``, "gs"))].map(
    ([, block]) => block as string
  )

/** What README says of an answer. */
const said = ({ isError, structured, value }: Answer): string => {
  if (isError) return structured.error._tag
  if (value === null) return `null, ${structured.reason}`
  if (value.revision !== undefined) return `revision ${value.revision}`
  return value.status === "claimed" ? `step ${value.step_num}` : value.status
}

describe("README", () => {
  for (const path of ["README.md", "docs/planning.md"]) {
    it(`the example of ${path} goes as it says`, async () => {
      const hq = await startServer(tempDatabase())
      const text = page(path)
      for (const plan of examples(text, "create_project")) {
        assert.isFalse((await hq.call("create_project", JSON.parse(plan))).isError)
      }
      const calls = examples(text, "calls").flatMap((block) => block.trim().split("\n"))
      assert.isAbove(calls.length, 10)
      for (const line of calls) {
        const [, tool, input, outcome] = /^(\w+) (\{.*\}) +-> (.*)$/.exec(line) ?? assert.fail(line)
        const answer = await hq.call(tool as string, JSON.parse(input as string))
        assert.strictEqual(said(answer), outcome, `${line}: ${answer.text}`)
      }
    })
  }

  it("is short enough for the first ten minutes", () => {
    assert.isBelow(page("README.md").split("\n").length, 225)
  })
})
