import { readFileSync } from "node:fs"
import { assert, describe, it } from "vitest"
import type { Answer } from "./support/client.ts"
import { tempDatabase } from "./support/temp.ts"
import { startServer } from "./support/testServer.ts"

const readme = readFileSync(new URL("../README.md", import.meta.url), "utf8")

/** Text of the section, up to the next one. */
const section = (title: string): string => {
  const found = readme.split(/^## /m).find((text) => text.startsWith(`${title}\n`))
  return found ?? assert.fail(`README.md has no section "${title}"`)
}

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
  for (const title of ["The working loop", "Planning for parallel agents"]) {
    it(`the example of "${title}" goes as it says`, async () => {
      const hq = await startServer(tempDatabase())
      for (const plan of examples(section(title), "create_project")) {
        assert.isFalse((await hq.call("create_project", JSON.parse(plan))).isError)
      }
      const calls = examples(section(title), "calls").flatMap((block) => block.trim().split("\n"))
      assert.isAbove(calls.length, 10)
      for (const line of calls) {
        const [, tool, input, outcome] = /^(\w+) (\{.*\}) +-> (.*)$/.exec(line) ?? assert.fail(line)
        const answer = await hq.call(tool as string, JSON.parse(input as string))
        assert.strictEqual(said(answer), outcome, `${line}: ${answer.text}`)
      }
    })
  }

  it("is short enough for the first ten minutes", () => {
    assert.isBelow(readme.split("\n").length, 225)
  })
})
