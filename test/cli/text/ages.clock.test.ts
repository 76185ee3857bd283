import { assert, describe, it } from "@effect/vitest"
import { clock } from "../../../src/cli/text/ages.ts"

process.env.TZ = "UTC"

describe("the time of day", () => {
  it("has the date on another day", () => {
    const now = Date.UTC(2026, 4, 5, 12)
    assert.strictEqual(clock("2026-05-05T03:04:05.678Z", now), "03:04:05")
    assert.strictEqual(clock("2026-05-04T23:59:59.000Z", now), "2026-05-04 23:59:59")
    assert.strictEqual(clock("2027-05-05T12:00:00.000Z", now), "2027-05-05 12:00:00")
  })
})
