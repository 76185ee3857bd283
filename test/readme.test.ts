import { readFileSync } from "node:fs"
import { assert, describe, it } from "vitest"
import type { Answer } from "./support/client.ts"
import { tempDatabase } from "./support/temp.ts"
import { startServer } from "./support/testServer.ts"

const readme = readFileSync(new URL("../README.md", import.meta.url), "utf8")

/** The blocks of code that README marks as parts of its example. */
const examples = (kind: string): ReadonlyArray<string> =>
  [...readme.matchAll(new RegExp(`<!-- example: ${kind} -->\\n\`\`\`\\w+\\n(.*?)\`\`\``, "gs"))].map(
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
  it("the example of a plan for parallel agents goes as it says", async () => {
    const hq = await startServer(tempDatabase())
    const [plan] = examples("create_project")
    assert.isFalse((await hq.call("create_project", JSON.parse(plan as string))).isError)
    const calls = examples("calls").flatMap((block) => block.trim().split("\n"))
    assert.isAbove(calls.length, 10)
    for (const line of calls) {
      const [, tool, input, outcome] = /^(\w+) (\{.*\}) +-> (.*)$/.exec(line) ?? assert.fail(line)
      const answer = await hq.call(tool as string, JSON.parse(input as string))
      assert.strictEqual(said(answer), outcome, `${line}: ${answer.text}`)
    }
  })
})
