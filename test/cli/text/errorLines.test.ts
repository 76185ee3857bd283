import { assert, describe, it } from "@effect/vitest"
import { errorLines } from "../../../src/cli/text/errorLines.ts"
import { plain } from "../../../src/cli/text/Style.ts"

describe("errorLines", () => {
  it("keeps the command to run next on a line of its own, if all is too long for one", () => {
    const text = "Step 5 is not started: there is nothing to recover. Run: hq explain shop#5"
    assert.deepStrictEqual(errorLines(plain(0), text), [`hq: ${text}`])
    assert.deepStrictEqual(errorLines(plain(80), text), [`hq: ${text}`])
    assert.deepStrictEqual(errorLines(plain(40), text), [
      "hq: Step 5 is not started: there is",
      "    nothing to recover.",
      "    Run: hq explain shop#5"
    ])
  })

  it("keeps lines that are there", () => {
    assert.deepStrictEqual(errorLines(plain(20), "The plan is wrong.\n  line 5: no such step"), [
      "hq: The plan is",
      "    wrong.",
      "    line 5: no such",
      "    step"
    ])
  })
})
