import { assert, describe, it } from "@effect/vitest"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as fc from "effect/FastCheck"
import * as TestClock from "effect/TestClock"
import { now, timestamp } from "../../../src/layers/store/time.ts"

describe("timestamp", () => {
  it.each([
    [0, "1970-01-01T00:00:00.000Z"],
    [Date.UTC(2026, 0, 18, 10, 30, 0, 7), "2026-01-18T10:30:00.007Z"],
    [0.9, "1970-01-01T00:00:00.000Z"],
    [-1, "1970-01-01T00:00:00.000Z"],
    [Number.NEGATIVE_INFINITY, "1970-01-01T00:00:00.000Z"],
    [Number.POSITIVE_INFINITY, "9999-12-31T23:59:59.999Z"],
    [Number.MAX_VALUE, "9999-12-31T23:59:59.999Z"]
  ])("of %d is %s", (millis, text) => {
    assert.strictEqual(timestamp(millis), text)
  })

  it("sorts as time does", () => {
    fc.assert(
      fc.property(fc.double({ noNaN: true }), fc.double({ noNaN: true }), (a, b) => {
        if (a <= b) assert.isTrue(timestamp(a) <= timestamp(b))
      })
    )
  })
})

describe("now", () => {
  it.effect("is the time of Effect's clock, and reaches as far as is asked", () =>
    Effect.gen(function* () {
      yield* TestClock.setTime(Date.UTC(2026, 0, 18))
      const time = yield* now
      assert.strictEqual(time.at, "2026-01-18T00:00:00.000Z")
      assert.strictEqual(time.in(Duration.seconds(90)), "2026-01-18T00:01:30.000Z")
      assert.strictEqual(time.in(Duration.infinity), "9999-12-31T23:59:59.999Z")
    })
  )
})
