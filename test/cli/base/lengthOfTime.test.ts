import { assert, describe, it } from "@effect/vitest"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import { lengthOfTime } from "../../../src/cli/base/lengthOfTime.ts"

describe("lengthOfTime", () => {
  it("reads numbers with units", () => {
    const read = (text: string) => Duration.toMillis(Effect.runSync(lengthOfTime("--timeout", text)))
    assert.deepStrictEqual(
      ["90s", "1.5m", "2h", "1d", "1h30m", " 1H 30m ", "1 s 5ms", "0s"].map(read),
      [90_000, 90_000, 7_200_000, 86_400_000, 5_400_000, 5_400_000, 1005, 0]
    )
  })

  it("refuses anything else", () => {
    for (const text of ["", "2", "h", "2 weeks", "-2h", "2h!", "1h, 30m"]) {
      const { message } = Effect.runSync(Effect.flip(lengthOfTime("--timeout", text)))
      assert.strictEqual(message, `"${text}" is not a length of time. Give --timeout such as 90s, 30m or 2h.`)
    }
  })
})
