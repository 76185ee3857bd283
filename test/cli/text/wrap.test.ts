import { assert, describe, it } from "@effect/vitest"
import { wrap } from "../../../src/cli/text/wrap.ts"

describe("wrap", () => {
  it("breaks between words, by the width that a terminal gives them", () => {
    assert.deepStrictEqual(wrap("one two three", 8), ["one two", "three"])
    assert.deepStrictEqual(wrap("one two three", 0), ["one two three"])
    assert.deepStrictEqual(wrap("a verylongword b", 4), ["a", "verylongword", "b"])
    assert.deepStrictEqual(wrap("漢字 漢字", 8), ["漢字", "漢字"])
    assert.deepStrictEqual(wrap("", 8), [""])
  })
})
